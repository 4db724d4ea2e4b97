/** `GET /exec/{id}/json`, field by field: a process id of the host is not among them. */
export function execInspectView(engine: Record<string, unknown>, containerId: string): object {
  const process = (engine.ProcessConfig ?? {}) as Record<string, unknown>;
  return {
    ID: engine.ID,
    Running: engine.Running,
    ExitCode: engine.ExitCode ?? null,
    ProcessConfig: {
      tty: process.tty ?? false,
      entrypoint: process.entrypoint ?? '',
      arguments: process.arguments ?? [],
      privileged: false,
      ...(process.user !== undefined && { user: process.user }),
    },
    OpenStdin: engine.OpenStdin ?? false,
    OpenStderr: engine.OpenStderr ?? false,
    OpenStdout: engine.OpenStdout ?? false,
    CanRemove: engine.CanRemove ?? false,
    ContainerID: containerId,
    DetachKeys: engine.DetachKeys ?? '',
    Pid: engine.Running ? 1 : 0,
  };
}
