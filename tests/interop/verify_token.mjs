// Verifies one payment token (COSE_Sign1 bytes in a file) with npm @auth0/cose and prints {"verified": …, "error": …}.
// The key comes as base64url, the x of an Ed25519 JWK.
import {readFile} from 'node:fs/promises';
import {webcrypto} from 'node:crypto';
import {Sign1} from '@auth0/cose';

const [, , file, x] = process.argv;
const jwk = {kty: 'OKP', crv: 'Ed25519', x};
const key = await webcrypto.subtle.importKey('jwk', jwk, {name: 'Ed25519'}, true, ['verify']);
try {
  await Sign1.decode(await readFile(file)).verify(key);
  console.log(JSON.stringify({verified: true, error: null}));
} catch(error) {
  console.log(JSON.stringify({verified: false, error: error.message}));
}
