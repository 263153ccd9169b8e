export const zoneadmUsage = 'usage: zoneadm [-R root] [-z zone] [-u uuid] subcommand [options]'
