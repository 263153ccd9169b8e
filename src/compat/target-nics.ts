import type { Contract, ContractNic } from '../zone/contract.ts'

/** The NICs as the target will make them: from its own configuration if it has one, else from the source's. */
export function targetNics(contract: Contract, existing: Contract | null): readonly ContractNic[] {
  return (existing ?? contract).nics
}
