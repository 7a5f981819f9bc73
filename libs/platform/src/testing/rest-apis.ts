import { Controller, Module } from '@nestjs/common';
import { z } from 'zod';
import { Handles, Input, type InputOf, type Operation } from '../rest/operation.js';
import type { RestApi } from '../rest/rest-part.js';
import { nothing } from '../rest/schemas.js';

const getCat = {
  id: 'getCat',
  tag: 'Cats',
  method: 'GET',
  path: '/v1/cats/{name}',
  summary: 'Read a cat',
  params: z.object({ name: z.string().regex(/^[a-z]+$/, 'must be letters') }),
  query: nothing,
  responses: { 200: { description: 'The cat.' } },
} as const satisfies Operation;

const changeDog = {
  id: 'changeDog',
  tag: 'Dogs',
  method: 'PATCH',
  path: '/v1/dogs/{name}',
  summary: 'Change a dog',
  params: z.object({ name: z.string() }),
  query: nothing,
  body: z.strictObject({ age: z.int('must be a whole number') }).meta({ id: 'DogChange' }),
  responses: { 200: { description: 'The dog.' } },
} as const satisfies Operation;

@Controller()
class CatsController {
  @Handles(getCat)
  get(@Input(getCat) { params }: InputOf<typeof getCat>) {
    return { cat: params.name };
  }
}

@Controller()
class DogsController {
  @Handles(changeDog)
  change(@Input(changeDog) { params, body }: InputOf<typeof changeDog>) {
    return { dog: params.name, ...body };
  }
}

@Module({})
class CatsModule {}
@Module({})
class DogsModule {}

/** How requests went, as the two services were told. */
export const told: [string, string, number][] = [];
export const cats: RestApi = {
  title: 'Cats',
  description: 'What purrs.',
  operations: [getCat],
  module: { module: CatsModule, controllers: [CatsController] },
  restRequest: (operation, statusCode) => void told.push(['cats', operation, statusCode]),
};
export const dogs: RestApi = {
  title: 'Dogs',
  description: 'What barks.',
  operations: [changeDog],
  module: { module: DogsModule, controllers: [DogsController] },
  restRequest: (operation, statusCode) => void told.push(['dogs', operation, statusCode]),
};
