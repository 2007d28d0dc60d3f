// Verifies one certificate with the published W3C libraries and prints {"verified": …, "error": …}.
// Offline: the only documents that exist are those a did:key spells itself.
import {readFile} from 'node:fs/promises';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {verifyCredential} from '@digitalbazaar/vc';

const DID_KEY = /^(did:key:(z[1-9A-HJ-NP-Za-km-z]+))(?:#\2)?$/;

async function documentLoader(url) {
  const match = DID_KEY.exec(url);
  if(!match) {
    throw new Error(`there is no network here: ${url}`);
  }
  const [, did, publicKeyMultibase] = match;
  const method = {
    '@context': 'https://w3id.org/security/multikey/v1',
    id: `${did}#${publicKeyMultibase}`,
    type: 'Multikey',
    controller: did,
    publicKeyMultibase
  };
  const controller = {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did,
    assertionMethod: [method]
  };
  return {contextUrl: null, documentUrl: url, document: url === did ? controller : method};
}

const credential = JSON.parse(await readFile(process.argv[2], 'utf8'));
const suite = new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});
const {verified, error} = await verifyCredential({credential, suite, documentLoader});
const reasons = error && (error.errors ?? [error]).map(({message}) => message).join('; ');
console.log(JSON.stringify({verified, error: reasons ?? null}));
