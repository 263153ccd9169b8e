/** Whether the kernel says of a fault of the processor that it stands open: `Vulnerable`, `KVM: Vulnerable`, …. */
export function isOpen(state: string): boolean {
  return /^(?:KVM: )?(?:Processor )?[Vv]ulnerable/.test(state)
}

/** The Debian package with the microcode for processors of a vendor. */
export function microcodePackage(vendor: string | undefined): string {
  return vendor === 'AuthenticAMD' ? 'amd64-microcode' : 'intel-microcode'
}
