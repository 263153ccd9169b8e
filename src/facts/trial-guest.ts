/**
 * A guest of a few hundred bytes that does what every operating system does first: it goes from real over protected
 * to long mode, asks the CPU what it can do, computes with SSE2, and waits for one interrupt of the local APIC's timer
 * and one of the PIT by way of the PIC. It is a firmware image of its own, so that it needs no file of the host.
 *
 * Each step that it has done it says as one letter on the debug port 0xe9 (`trialSteps`); at the end it writes 0x10 to
 * port 0xf4, which `isa-debug-exit` makes QEMU's exit code `trialExitCode`.
 *
 * Memory: page tables from 0x1000, interrupt table 0x7000, flags of the interrupts seen 0x8000, stack below 0x9000.
 */
const program = `
  # 16 bits, at F000:0000
  fa                     | cli
  2e660f0116c401         | lgdt cs:[gdtr]
  0f20c0                 | mov eax, cr0
  0c01                   | or al, 1              protected mode
  0f22c0                 | mov cr0, eax
  66ea18000f000800       | jmp 0x08:protected

  # 32 bits
  b810000000             | protected: mov eax, 0x10
  8ed8                   | mov ds, eax
  8ec0                   | mov es, eax
  8ed0                   | mov ss, eax
  bc00900000             | mov esp, 0x9000
  b050e6e9               | say 'P'
  31c0                   | xor eax, eax          clear the page tables
  bf00100000             | mov edi, 0x1000
  b900180000             | mov ecx, 0x1800
  f3ab                   | rep stosd
  c7050010000003200000   | mov [0x1000], 0x2003  level 4 -> level 3
  c7050020000003300000   | mov [0x2000], 0x3003  level 3 -> four tables of level 2, 1 GiB each
  c7050820000003400000   | mov [0x2008], 0x4003
  c7051020000003500000   | mov [0x2010], 0x5003
  c7051820000003600000   | mov [0x2018], 0x6003
  bf00300000             | mov edi, 0x3000
  b883000000             | mov eax, 0x83         present, writable, 2 MiB
  8907                   | fill: mov [edi], eax
  83c708                 | add edi, 8
  0500002000             | add eax, 0x200000
  73f4                   | jnc fill              until 4 GiB
  0f20e0                 | mov eax, cr4
  0d20060000             | or eax, 0x620         PAE, SSE and its exceptions
  0f22e0                 | mov cr4, eax
  b800100000             | mov eax, 0x1000
  0f22d8                 | mov cr3, eax
  b9800000c0             | mov ecx, 0xc0000080   EFER
  0f32                   | rdmsr
  0d00010000             | or eax, 0x100         LME
  0f30                   | wrmsr
  0f20c0                 | mov eax, cr0
  0d02000080             | or eax, 0x80000002    paging; monitor coprocessor
  0f22c0                 | mov cr0, eax
  eab5000f001800         | jmp 0x18:long

  # 64 bits
  b04ce6e9               | long: say 'L'
  b801000000             | mov eax, 1
  0fa2                   | cpuid
  0fbae21a               | bt edx, 26            SSE2, part of every 64-bit CPU
  0f83b4000000           | jnc fail
  b815000000             | mov eax, 21
  660f6ec0               | movd xmm0, eax
  660ffec0               | paddd xmm0, xmm0
  660f7ec0               | movd eax, xmm0
  83f82a                 | cmp eax, 42
  0f859a000000           | jne fail
  b043e6e9               | say 'C'
  48b882011800008e0f00   | mov rax, gate(apic)
  4889042500720000       | mov [0x7200], rax     vector 0x20
  48b896011800008e0f00   | mov rax, gate(pit)
  4889042580720000       | mov [0x7280], rax     vector 0x28
  0f011db7000000         | lidt [rip + idtr]
  b011e620               | out 0x20, 0x11        PIC: initialise
  b028e621               | out 0x21, 0x28        IRQ 0 is vector 0x28
  b004e621               | out 0x21, 0x04
  b001e621               | out 0x21, 0x01
  b0fee621               | out 0x21, 0xfe        all masked but IRQ 0
  b034e643               | out 0x43, 0x34        PIT: channel 0, periodic
  b000e640               | out 0x40, 0x00        4096 ticks of 838 ns
  b010e640               | out 0x40, 0x10
  be0000e0fe             | mov esi, 0xfee00000   local APIC
  c786f0000000ff010000   | mov [rsi + 0xf0], 0x1ff     enable
  c7865003000000070000   | mov [rsi + 0x350], 0x700    LINT0: the PIC
  c786e00300000b000000   | mov [rsi + 0x3e0], 0xb      timer: divide by 1
  c7862003000020000000   | mov [rsi + 0x320], 0x20     timer: once, vector 0x20
  c7868003000040420f00   | mov [rsi + 0x380], 1000000
  fb                     | sti
  f4                     | wait: hlt
  803c250080000003       | cmp byte [0x8000], 3  both interrupts seen?
  75f5                   | jne wait
  b054e6e9               | say 'T'
  b010e6f4               | out 0xf4, 0x10
  fa                     | fail: cli
  f4                     | hlt
  ebfc                   | jmp fail

  800c250080000001       | apic: or byte [0x8000], 1
  c786b000000000000000   | mov [rsi + 0xb0], 0   end of interrupt
  48cf                   | iretq
  800c250080000002       | pit: or byte [0x8000], 2
  b020e620               | out 0x20, 0x20        end of interrupt
  48cf                   | iretq

  0000000000000000       | gdt: null
  ffff0000009bcf00       | 0x08: code, 32 bits
  ffff00000093cf00       | 0x10: data
  ffff0000009baf00       | 0x18: code, 64 bits
  1f00a4010f00           | gdtr: 31, gdt
  ff0f0070000000000000   | idtr: 0xfff, 0x7000
`

/** A CPU starts here, 16 bytes below the end of the firmware, with a jump to F000:0000. */
const resetVector = { offset: 0xfff0, code: 'ea000000f0' }
const imageBytes = 0x10000

/** What the trial guest has done when it says the letter, in its order. */
export const trialSteps: ReadonlyMap<string, string> = new Map([
  ['P', 'protected mode'],
  ['L', 'long mode'],
  ['C', 'computing with SSE2'],
  ['T', 'timer interrupts'],
])

/** QEMU's exit code when the trial guest has done all its steps: `isa-debug-exit` makes it from the value 0x10. */
export const trialExitCode = 0x10 * 2 + 1

/** The firmware image of the trial guest, for `-bios`. */
export function trialGuest(): Uint8Array {
  const lines = program.split('\n').filter((line) => line.includes('|'))
  const code = lines.map((line) => line.split('|')[0]?.trim()).join('')
  const image = Buffer.alloc(imageBytes)
  image.write(code, 0, 'hex')
  image.write(resetVector.code, resetVector.offset, 'hex')
  return image
}
