import { readFileSync } from 'node:fs';

/** Processor time that a process of this machine has used so far; 0 where the system does not tell. Waiting for others is not in it. */
export const cpuSeconds = (pid: number | undefined): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
};
