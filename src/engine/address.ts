/** Where an engine listens: `unix:///run/docker.sock`, or `tcp://10.0.0.4:2376` with PEM certificates (mutual TLS). */
export interface EngineAddress {
  url: string;
  tls: EngineTls | null;
}

export interface EngineTls {
  ca: string;
  cert: string;
  key: string;
}
