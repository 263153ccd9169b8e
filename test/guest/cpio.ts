/** One entry of an archive: a folder, a regular file or a symbolic link. */
export type CpioEntry =
  | { readonly path: string; readonly folder: true }
  | { readonly path: string; readonly data: Buffer; readonly executable?: boolean }
  | { readonly path: string; readonly link: string }

const Mode = { folder: 0o040755, file: 0o100644, program: 0o100755, link: 0o120777 } as const

/**
 * An archive in the "newc" format of cpio, which the Linux kernel unpacks as its first root file system
 * (Documentation/driver-api/early-userspace/buffer-format.rst). Times are zero: equal entries give equal bytes.
 */
export function cpio(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.map((entry, index) => {
    if ('folder' in entry) return member(index + 1, entry.path, Mode.folder, Buffer.alloc(0))
    if ('link' in entry) return member(index + 1, entry.path, Mode.link, Buffer.from(entry.link))
    return member(index + 1, entry.path, entry.executable === true ? Mode.program : Mode.file, entry.data)
  })
  return Buffer.concat([...parts, member(0, 'TRAILER!!!', 0, Buffer.alloc(0))])
}

function member(inode: number, path: string, mode: number, data: Buffer): Buffer {
  const name = Buffer.from(`${path}\0`)
  // inode, mode, uid, gid, links, mtime, size, device (2), special device (2), name size, checksum (unused)
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0]
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`)
  return Buffer.concat([padded(Buffer.concat([header, name])), padded(data)])
}

/** Headers and data start at multiples of four bytes. */
function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
}
