/** The part of the guest's memory that the firmware goes over without end, a page at a time. */
export const writtenArea = { from: 8 * 1024 ** 2, to: 28 * 1024 ** 2 }
/** The page that it writes to at each step, so that it never leaves the TLB. */
export const busyPage = 0x100000

const size = 64 * 1024
/** Places in the image, which lies right below 4 GiB. */
const [code16, code32, gdtPointer, gdt, resetVector] = [0xff00, 0xff20, 0xffe0, 0xffc0, 0xfff0]
const linear = (place: number) => 0xffff0000 + place

/**
 * Firmware for QEMU's `-bios`, in place of a real one: a guest of one endless loop, which writes numbers to its memory and never empties its
 * TLB. A machine with 32 MiB has room for it.
 */
export function writingFirmware(): Buffer {
  const image = Buffer.alloc(size, 0x90)
  const put = (place: number, ...bytes: readonly number[]) => image.set(bytes, place)
  // To the code below, still in real mode.
  put(resetVector, 0xe9, ...word(code16 - (resetVector + 3)))
  // Null, flat code, flat data.
  put(gdt, ...Array<number>(8).fill(0))
  put(gdt + 8, 0xff, 0xff, 0, 0, 0, 0x9b, 0xcf, 0)
  put(gdt + 16, 0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0)
  put(gdtPointer, ...word(23), ...long(linear(gdt)))
  put(
    code16,
    ...[0xfa], // cli
    ...[0x2e, 0x66, 0x0f, 0x01, 0x16, ...word(gdtPointer)], // lgdt cs:[gdtPointer]
    ...[0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0], // protected mode: bit 0 of cr0
    ...[0x66, 0xea, ...long(linear(code32)), ...word(8)], // jmp 8:code32
  )
  const start = [0x66, 0xb8, ...word(16), 0x8e, 0xd8] // mov ds, 16
  const round = [0xbb, ...long(writtenArea.from)] // mov ebx, from
  const step = [
    ...[0x40, 0xa3, ...long(busyPage)], // inc eax; mov [busyPage], eax
    // The pages that would push the busy one out of the TLB are left out.
    ...[0xf7, 0xc3, ...long(0xf8000), 0x74, 0x02], // test ebx, 0xf8000; jz over the next
    ...[0x89, 0x03], // mov [ebx], eax
    ...[0x81, 0xc3, ...long(4096)], // add ebx, 4096
    ...[0x81, 0xfb, ...long(writtenArea.to)], // cmp ebx, to
  ]
  const nextStep = [0x72, 0x100 - (step.length + 2)] // jb step
  const nextRound = [0xeb, 0x100 - (round.length + step.length + 4)] // jmp round
  put(code32, ...start, ...round, ...step, ...nextStep, ...nextRound)
  return image
}

const word = (value: number) => [value & 0xff, (value >> 8) & 0xff]
const long = (value: number) => [...word(value), ...word(value >>> 16)]
