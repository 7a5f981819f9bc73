import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot } from '@ringdown/testbed';
import { validateXML } from 'xmllint-wasm';

const folder = join(checkoutRoot, 'services', 'conference-focus', 'src', 'testing');
const read = (fileName: string) => ({ fileName, contents: readFileSync(join(folder, fileName), 'utf8') });

/** What is wrong with documents by RFC 4575's schema; nothing where all are valid. */
export async function schemaErrors(documents: readonly string[]): Promise<readonly string[]> {
  const { valid, errors } = await validateXML({
    xml: documents.map((contents, index) => ({ fileName: `document-${index + 1}.xml`, contents })),
    schema: [read('conference-info.xsd')],
    preload: [read('xml.xsd')],
  });
  if (valid) return [];
  return errors.length > 0 ? errors.map(({ rawMessage }) => rawMessage) : ['not valid, without a word about it'];
}
