import { getDiffieHellman } from 'node:crypto'

/** DER: a type, the length of the content, the content (X.690). */
function der(type: number, content: Buffer): Buffer {
  const { length } = content
  const size =
    length < 128
      ? Buffer.of(length)
      : length < 256
        ? Buffer.of(0x81, length)
        : Buffer.of(0x82, length >> 8, length & 255)
  return Buffer.concat([Buffer.of(type), size, content])
}

/** An unsigned number as a DER integer, whose first bit is its sign. */
function integer(bytes: Buffer): Buffer {
  const [first = 0] = bytes
  return der(0x02, first < 128 ? bytes : Buffer.concat([Buffer.of(0), bytes]))
}

/**
 * Parameters for a Diffie-Hellman exchange in the form of PKCS #3: the 2048-bit group 14 of RFC 3526. Without them QEMU
 * makes a new group whenever it prepares to listen, which takes up to a second and makes nothing safer.
 */
export function dhParameters(): string {
  const group = getDiffieHellman('modp14')
  const content = der(0x30, Buffer.concat([integer(group.getPrime()), integer(group.getGenerator())]))
  const lines = content.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN DH PARAMETERS-----', ...lines, '-----END DH PARAMETERS-----', ''].join('\n')
}
