# A guest that checks itself without end and reports on demand what machine it sees. It boots from the first sectors
# of a disk, under the BIOS, and needs nothing but RAM, the serial port and its virtio disks.
#
# In each round it rewrites one block of its memory, compares all of it with what must be there, reads on each disk what
# it wrote in rounds before, writes anew, and wakes all other CPUs, which it has started before; then it rests for 30 ms.
# Each byte that arrives on the serial port makes it print a report, which ends with a line "end": a short one after an
# 's', on the guest itself, or else one on its machine, too.
#
# Low memory: 0x5000 interrupt table, 0x6000 CPUs that answered, 0x6400 their stacks, 0x7000 what they run, 0x7c00 this
# image, 0x10000 queues of the disks, 0x20000 header and status of a request, 0x21000 its data. From 2 MiB to 1 MiB below the top is the
# memory under test.

.intel_syntax noprefix
.set imageSectors, 8
.set answered, 0x6000
.set stacks, 0x6400
.set trampoline, 0x7000
.set queues, 0x10000
.set header, 0x20000
.set status, 0x20010
.set data, 0x21000
.set idt, 0x5000
.set memoryFrom, 0x200000
.set blockBytes, 0x10000
.set step, 0x9e3779b1
.set diskSector, 64
.set marks, 8                   # a power of two

.code16
.globl _start
_start:
  cli
  xor ax, ax
  mov ds, ax
  mov es, ax
  mov ss, ax
  mov sp, 0x7c00
  mov si, offset packet
  mov ah, 0x42                # INT 13h: extended read, drive still in DL
  sti
  int 0x13
  cli
  jc .
  in al, 0x92
  or al, 2                    # A20
  out 0x92, al
  lgdt [gdtr]
  mov eax, cr0
  or al, 1
  mov cr0, eax
  jmp 0x08:main

packet:
  .byte 16, 0
  .word imageSectors - 1
  .word 0x7e00, 0
  .quad 1

.balign 8
gdt:
  .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr:
  .word 23
  .long gdt
idtr:
  .word 0x107
  .long idt

  .org 510
  .word 0xaa55

.code32
main:
  mov ax, 0x10
  mov ds, ax
  mov es, ax
  mov ss, ax
  mov esp, 0x7c00

  mov esi, offset apCode      # what the other CPUs run
  mov edi, trampoline
  mov ecx, offset apEnd - apCode
  rep movsb
  mov dword ptr [8], (trampoline >> 4 << 16) + apNmi - apCode   # vector 2 of real mode
  mov dword ptr [0xfee000f0], 0x1ff
  mov al, 0xff                # no interrupts but that of the local APIC's timer, vector 0x20
  out 0x21, al
  out 0xa1, al
  mov eax, offset rested
  mov [idt + 0x20 * 8], ax
  mov word ptr [idt + 0x20 * 8 + 2], 0x08
  mov dword ptr [idt + 0x20 * 8 + 4], 0x8e00
  lidt [idtr]
  mov dword ptr [0xfee00320], 0x20
  mov dword ptr [0xfee003e0], 0xb

  mov al, 0x5f                # CMOS: number of other CPUs
  call cmos
  movzx eax, al
  mov [otherCpus], eax
  call bootCpus
  mov al, 0x35                # CMOS: memory above 16 MiB in units of 64 KiB
  call cmos
  mov ah, al
  mov al, 0x34
  push eax
  call cmos
  mov dl, al
  pop eax
  mov al, dl
  movzx eax, ax
  shl eax, 16
  add eax, 0x1000000 - 0x100000
  mov [memoryTo], eax
  sub eax, memoryFrom
  shr eax, 16
  mov [blocks], eax

  xor ebp, ebp                # EBP: the round; at first each block as its own round left it
fill:
  call writeBlock
  inc ebp
  cmp ebp, [blocks]
  jb fill
  dec ebp
  mov [round], ebp

  call findDisks
  sub ebp, marks - 1          # the marks of the rounds before the first
prime:
  xor ebx, ebx
1:
  cmp ebx, [disks]
  jae 2f
  call writeMark
  inc ebx
  jmp 1b
2:
  inc ebp
  cmp ebp, [round]
  jbe prime
  dec ebp

rounds:
  inc ebp
  inc dword ptr [round]
  cmp ebp, [round]            # a register and a word of memory have to agree
  je 1f
  inc dword ptr [badRegister]
1:
  call writeBlock
  call checkMemory
  call checkDisks
  call wakeCpus
  rdtsc
  cmp edx, [lastTime + 4]
  ja 2f
  jb 1f
  cmp eax, [lastTime]
  jae 2f
1:
  inc dword ptr [badTime]
2:
  mov [lastTime], eax
  mov [lastTime + 4], edx
  mov dx, 0x3fd
  in al, dx
  test al, 1
  jz rest
  mov dx, 0x3f8
  in al, dx
  call report
rest:                         # leave the host's processors to others for a while
  mov dword ptr [0xfee00380], 30000000
  sti
  hlt
  cli
  jmp rounds

rested:
  mov dword ptr [0xfee000b0], 0
  iretd

cmos:                         # AL: register -> AL: value
  out 0x70, al
  in al, 0x71
  ret

# ---- memory -------------------------------------------------------------------------------------------------------

pattern:                      # EAX: block, ECX: round -> EDI: address, EDX: first word
  mov edi, eax
  shl edi, 16
  add edi, memoryFrom
  imul edx, edi, step / 4
  imul ecx, ecx, 0x01000193
  add edx, ecx
  ret

writeBlock:                   # the block of this round
  mov eax, ebp
  xor edx, edx
  div dword ptr [blocks]
  mov eax, edx
  mov ecx, ebp
  call pattern
  mov ecx, blockBytes / 4
1:
  mov [edi], edx
  add edi, 4
  add edx, step
  dec ecx
  jnz 1b
  ret

checkMemory:                  # block B holds what the last round R <= this one with R mod blocks = B wrote
  xor ebx, ebx
1:
  mov eax, ebp
  sub eax, ebx
  xor edx, edx
  div dword ptr [blocks]
  mov ecx, ebp
  sub ecx, edx
  mov eax, ebx
  call pattern
  mov ecx, blockBytes / 4
2:
  cmp [edi], edx
  jne 4f
3:
  add edi, 4
  add edx, step
  dec ecx
  jnz 2b
  inc ebx
  cmp ebx, [blocks]
  jb 1b
  ret
4:
  inc dword ptr [badMemory]
  mov [badAddress], edi
  jmp 3b

# ---- disks --------------------------------------------------------------------------------------------------------

pciRead:                      # ESI: address in configuration space -> EAX
  push edx
  mov dx, 0xcf8
  mov eax, esi
  out dx, eax
  mov dx, 0xcfc
  in eax, dx
  pop edx
  ret

findDisks:                    # legacy interface of each virtio disk on bus 0, in order of slot
  xor ebx, ebx
  mov esi, 0x80000000
1:
  call pciRead
  cmp eax, 0x10011af4
  jne 2f
  cmp ebx, 4
  jae 2f
  add esi, 0x10               # BAR 0: ports
  call pciRead
  sub esi, 0x10
  and eax, 0xfffc
  mov [ports + ebx * 4], eax
  call startDisk
  inc ebx
2:
  add esi, 0x800
  cmp esi, 0x80010000
  jb 1b
  mov [disks], ebx
  ret

startDisk:                    # EAX: port, EBX: number
  mov ecx, eax
  lea edx, [ecx + 0x12]       # status: reset, acknowledge, driver
  mov al, 0
  out dx, al
  mov al, 3
  out dx, al
  lea edx, [ecx + 0x04]       # features: none
  xor eax, eax
  out dx, eax
  lea edx, [ecx + 0x0e]       # queue 0
  out dx, ax
  lea edx, [ecx + 0x0c]
  in ax, dx
  movzx eax, ax
  mov [sizes + ebx * 4], eax
  lea edx, [ecx + 0x08]       # its page
  mov eax, ebx
  shl eax, 2
  add eax, queues >> 12
  out dx, eax
  lea edx, [ecx + 0x12]
  mov al, 7
  out dx, al
  ret

# One request. EBX: disk, EAX: type (0 read, 1 write, 8 identity), ECX: length of the data, EDX: sector.
request:
  pushad
  mov [header], eax
  mov dword ptr [header + 4], 0
  mov [header + 8], edx
  mov dword ptr [header + 12], 0
  mov byte ptr [status], 0xff
  mov edi, ebx
  shl edi, 14
  add edi, queues             # EDI: three descriptors, each address, length, flags and next
  mov dword ptr [edi], header
  mov dword ptr [edi + 8], 16
  mov dword ptr [edi + 12], 0x00010001
  mov dword ptr [edi + 16], data
  mov [edi + 24], ecx
  mov ecx, 0x00020003         # the device writes, but for a write
  cmp eax, 1
  jne 1f
  mov ecx, 0x00020001
1:
  mov [edi + 28], ecx
  mov dword ptr [edi + 32], status
  mov dword ptr [edi + 40], 1
  mov dword ptr [edi + 44], 2
  mov esi, [sizes + ebx * 4]
  mov eax, esi
  shl esi, 4
  add esi, edi                # ESI: available ring
  lea eax, [esi + eax * 2 + 6 + 4095]
  and eax, -4096              # EAX: used ring
  movzx ecx, word ptr [esi + 2]
  inc ecx
  push eax
  mov eax, ecx
  dec eax
  xor edx, edx
  div dword ptr [sizes + ebx * 4]
  mov word ptr [esi + edx * 2 + 4], 0
  mov [esi + 2], cx
  pop eax
  mov edx, [ports + ebx * 4]
  add edx, 0x10
  push eax
  xor eax, eax
  out dx, ax
  pop eax
2:
  pause
  cmp [eax + 2], cx
  jne 2b
  popad
  cmp byte ptr [status], 0
  je 3f
  inc dword ptr [badDisk]
3:
  ret

# A disk has the marks of the last rounds, each in a sector of its own. Of two the guest reads again: had it stopped
# between the reading of one and the writing of the next, the younger alone would not tell one disk from another.

markOf:                       # EAX: round, EBX: disk -> EAX: first word of its mark, EDX: sector
  mov edx, eax
  and edx, marks - 1
  add edx, diskSector
  imul eax, eax, step
  lea eax, [eax + ebx * 8]
  ret

writeMark:                    # this round's mark on disk EBX
  mov eax, ebp
  call markOf
  mov edi, data
  mov ecx, 128
1:
  mov [edi], eax
  add edi, 4
  inc eax
  dec ecx
  jnz 1b
  mov eax, 1
  mov ecx, 512
  jmp request

checkMark:                    # EAX: round, EBX: disk
  call markOf
  push eax
  xor eax, eax
  mov ecx, 512
  call request
  pop eax
  mov edi, data
  mov ecx, 128
1:
  cmp [edi], eax
  jne 2f
  add edi, 4
  inc eax
  dec ecx
  jnz 1b
  ret
2:
  inc dword ptr [badDisk]
  ret

checkDisks:
  xor ebx, ebx
1:
  cmp ebx, [disks]
  jae 2f
  lea eax, [ebp - 1]
  call checkMark
  lea eax, [ebp - marks + 1]
  call checkMark
  call writeMark
  inc ebx
  jmp 1b
2:
  ret

# ---- CPUs ---------------------------------------------------------------------------------------------------------

.code16
apCode:
  cli
  xor ax, ax
  mov ds, ax
  mov ss, ax
  mov eax, 1
  cpuid
  shr ebx, 24                 # each its own stack, by the id of its APIC
  shl bx, 6
  lea sp, [bx + stacks + 64]
  lock inc dword ptr [answered]
apRest:
  hlt
  jmp apRest
apNmi:
  lock inc dword ptr [answered]
  iret
apEnd:
.code32

startCpus:
  mov dword ptr [0xfee00300], 0x000c4600 + (trampoline >> 12)
  ret

bootCpus:                     # all others start anew and answer
  mov dword ptr [answered], 0
  mov dword ptr [0xfee00300], 0x000c4500
  call startCpus
  mov ecx, 1000000000
1:
  mov eax, [answered]
  cmp eax, [otherCpus]
  jae 2f
  test ecx, 0xfffff
  jnz 3f
  call startCpus              # a start that came before the reset was lost; one that runs does not heed it
3:
  dec ecx
  jnz 1b
  inc dword ptr [badCpus]
2:
  ret

wakeCpus:                     # by an NMI: QEMU's emulation loses where a CPU starts that is told to just when it is saved
  mov dword ptr [answered], 0
  mov dword ptr [0xfee00300], 0x000c4400
  mov ecx, 1000000000
1:
  mov eax, [answered]
  cmp eax, [otherCpus]
  jae 2f
  dec ecx
  jnz 1b
  inc dword ptr [badCpus]
2:
  ret

# ---- report -------------------------------------------------------------------------------------------------------

put:                          # AL
  push edx
  push eax
  mov dx, 0x3fd
1:
  in al, dx
  test al, 0x20
  jz 1b
  pop eax
  mov dx, 0x3f8
  out dx, al
  pop edx
  ret

hex:                          # EAX: eight digits and a blank
  pushad
  mov ecx, 8
1:
  rol eax, 4
  push eax
  and al, 15
  cmp al, 10
  jb 2f
  add al, 'a' - '0' - 10
2:
  add al, '0'
  call put
  pop eax
  dec ecx
  jnz 1b
  mov al, ' '
  call put
  popad
  ret

words:                        # ESI: text, ends with 0
  pushad
1:
  lodsb
  test al, al
  jz 2f
  call put
  jmp 1b
2:
  popad
  ret

newline:
  push eax
  mov al, 10
  call put
  pop eax
  ret

.macro say text
  push esi
  mov esi, offset 77f
  call words
  pop esi
  jmp 78f
77: .asciz "\text"
78:
.endm

.macro line text, value
  say "\text "
  mov eax, [\value]
  call hex
  call newline
.endm

report:                       # AL: what was received
  pushad
  mov [asked], al
  call newline
  line "round", round
  line "bad-memory", badMemory
  line "bad-address", badAddress
  line "bad-disk", badDisk
  line "bad-cpus", badCpus
  line "bad-register", badRegister
  line "bad-time", badTime
  cmp byte ptr [asked], 's'
  je 2f
  line "memory-to", memoryTo
  mov dword ptr [answered], 0 # give CPUs that nobody expects time to answer, too
  mov dword ptr [0xfee00300], 0x000c4500
  mov ecx, 5000000
1:
  test ecx, 0xfffff
  jnz 3f
  call startCpus
3:
  dec ecx
  jnz 1b
  line "cpus", answered
  call reportDisks
  call reportPci
  xor eax, eax
  mov edi, 0x20
  call reportCpuid
  mov eax, 0x40000000
  mov edi, 0x10
  call reportCpuid
  mov eax, 0x80000000
  mov edi, 0x20
  call reportCpuid
2:
  say "end"
  call newline
  popad
  ret

reportDisks:                  # identity as text in words
  xor ebx, ebx
1:
  cmp ebx, [disks]
  jae 3f
  mov dword ptr [data], 0
  mov dword ptr [data + 4], 0
  mov dword ptr [data + 8], 0
  mov eax, 8
  mov ecx, 20
  xor edx, edx
  call request
  say "disk "
  mov eax, ebx
  call hex
  xor ecx, ecx
2:
  mov eax, [data + ecx * 4]
  bswap eax
  call hex
  inc ecx
  cmp ecx, 3
  jb 2b
  call newline
  inc ebx
  jmp 1b
3:
  ret

reportPci:                    # configuration space of bus 0, and of virtio devices features and 32 bytes of their own
  mov esi, 0x80000000
1:
  call pciRead
  cmp ax, 0xffff
  je 5f
  say "pci "
  movzx eax, si
  call hex
  mov edi, 64
  push esi
2:
  call pciRead
  call hex
  add esi, 4
  dec edi
  jnz 2b
  pop esi
  call newline
  call pciRead
  cmp ax, 0x1af4
  jne 5f
  say "virtio "
  movzx eax, si
  call hex
  add esi, 0x10
  call pciRead
  sub esi, 0x10
  and eax, 0xfffc
  mov edx, eax
  in eax, dx
  call hex
  add edx, 0x14
  mov ecx, 8
4:
  in eax, dx
  call hex
  add edx, 4
  dec ecx
  jnz 4b
  call newline
5:
  add esi, 0x100
  cmp esi, 0x80010000
  jb 1b
  ret

reportCpuid:                  # EAX: first leaf, EDI: how many at most
  mov esi, eax
  cpuid
  mov ebp, eax                # the last one
  lea edi, [esi + edi - 1]
  cmp ebp, edi
  jbe 1f
  mov ebp, edi
1:
  xor edi, edi                # subleaf
2:
  mov eax, esi
  mov ecx, edi
  cpuid
  test edi, edi
  jnz 3f
  mov [cpuidOf0], eax
  mov [cpuidOf0 + 4], ebx
  mov [cpuidOf0 + 8], ecx
  mov [cpuidOf0 + 12], edx
  jmp 4f
3:                            # most leaves have no subleaves: each gives the same
  cmp eax, [cpuidOf0]
  jne 4f
  cmp ebx, [cpuidOf0 + 4]
  jne 4f
  cmp ecx, [cpuidOf0 + 8]
  jne 4f
  cmp edx, [cpuidOf0 + 12]
  je 5f
4:
  push edx
  push ecx
  push ebx
  push eax
  say "cpuid "
  mov eax, esi
  call hex
  mov eax, edi
  call hex
  mov ecx, 4
6:
  pop eax
  call hex
  dec ecx
  jnz 6b
  call newline
5:
  inc edi
  cmp edi, 4
  jb 2b
  inc esi
  cmp esi, ebp
  jbe 1b
  ret

.balign 4
round: .long 0
badMemory: .long 0
badAddress: .long 0
badDisk: .long 0
badCpus: .long 0
badRegister: .long 0
badTime: .long 0
memoryTo: .long 0
blocks: .long 0
otherCpus: .long 0
lastTime: .long 0, 0
disks: .long 0
asked: .long 0
cpuidOf0: .long 0, 0, 0, 0
ports: .long 0, 0, 0, 0
sizes: .long 0, 0, 0, 0
  .org imageSectors * 512
