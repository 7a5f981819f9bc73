import { Module } from '@nestjs/common';
import type { Operation, RestApi } from '@ringdown/platform/rest';
import type { RecordReader } from '../../ports/record-reader.js';
import type { Webhooks } from '../../use-cases/webhooks.js';
import { ExportController } from './export.controller.js';
import { RECORD_READER, WEBHOOKS } from './injection.js';
import { RecordsController } from './records.controller.js';
import { WebhooksController } from './webhooks.controller.js';

const controllers = [RecordsController, ExportController, WebhooksController];

/** Every operation of accounting. */
export const operations: readonly Operation[] = controllers.flatMap((controller) => controller.operations);

export interface RestApiOptions {
  readonly reader: RecordReader;
  readonly webhooks: Webhooks;
  readonly observer: Pick<RestApi, 'restRequest'>;
}

@Module({})
class AccountingRestModule {}

/** What accounting adds to the REST API of its process. */
export function createRestApi({ reader, webhooks, observer }: RestApiOptions): RestApi {
  return {
    title: 'Ringdown call records',
    description: "Records of tenants' calls, and webhooks that tell of them.",
    operations,
    module: {
      module: AccountingRestModule,
      controllers,
      providers: [
        { provide: RECORD_READER, useValue: reader },
        { provide: WEBHOOKS, useValue: webhooks },
      ],
    },
    restRequest: (operation, statusCode, durationMs) => observer.restRequest(operation, statusCode, durationMs),
  };
}
