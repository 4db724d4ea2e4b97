/** What the faces count. Routes are templates (`GET /v1/hosts/{hostId}`), never paths: a label per id would grow without end. */
export interface Metrics {
  requestEnded(request: { face: Face; route: string; status: number; seconds: number }): void;
  /** A hijack, or a body that lasts: attach, exec, logs, an archive. Call the answer once, when it is over. */
  streamOpened(face: Face): () => void;
}

export type Face = 'docker' | 'rest';

/** What only a Node process knows of itself. */
export interface ProcessFacts {
  residentBytes(): number;
  cpuSeconds(): number;
}

/** A number that is read when it is asked for. */
export interface Gauge {
  name: string;
  help: string;
  values: { labels?: Record<string, string>; value: number }[];
}

export interface MetricsBook extends Metrics {
  /** Everything counted so far and `gauges`, in Prometheus's text format 0.0.4. */
  text(gauges: Gauge[]): string;
}

const bucketSeconds = [0.005, 0.025, 0.1, 0.5, 2.5, 10];

interface Duration {
  face: Face;
  route: string;
  /** How many took at most bucketSeconds[i]. */
  buckets: number[];
  count: number;
  sum: number;
}

export function metricsMake(facts: ProcessFacts | null = null): MetricsBook {
  const startedSeconds = Date.now() / 1000;
  const requests = new Map<string, { labels: Record<string, string>; value: number }>();
  const durations = new Map<string, Duration>();
  const streams: Record<Face, number> = { docker: 0, rest: 0 };

  return {
    requestEnded({ face, route, status, seconds }) {
      const key = `${face} ${route}`;
      const counted = requests.get(`${key} ${status}`) ?? { labels: { face, route, status: String(status) }, value: 0 };
      counted.value++;
      requests.set(`${key} ${status}`, counted);
      const duration = durations.get(key) ?? { face, route, buckets: bucketSeconds.map(() => 0), count: 0, sum: 0 };
      for (const [i, limit] of bucketSeconds.entries()) if (seconds <= limit) duration.buckets[i] = (duration.buckets[i] ?? 0) + 1;
      duration.count++;
      duration.sum += seconds;
      durations.set(key, duration);
    },
    streamOpened(face) {
      streams[face]++;
      let open = true;
      return () => {
        if (open) streams[face]--;
        open = false;
      };
    },
    text(gauges) {
      const own: Gauge[] = [
        { name: 'process_start_time_seconds', help: 'When this process started, in Unix time.', values: [{ value: startedSeconds }] },
        {
          name: 'berth_streams_open',
          help: 'Streams open now.',
          values: Object.entries(streams).map(([face, value]) => ({ labels: { face }, value })),
        },
      ];
      if (facts)
        own.push({ name: 'process_resident_memory_bytes', help: 'Memory this process holds.', values: [{ value: facts.residentBytes() }] });
      const lines = [...own, ...gauges].flatMap((gauge) => family(gauge, 'gauge'));
      if (facts)
        lines.push(
          ...family(
            { name: 'process_cpu_seconds_total', help: 'Processor time used.', values: [{ value: facts.cpuSeconds() }] },
            'counter',
          ),
        );
      lines.push(...family({ name: 'berth_requests_total', help: 'Requests answered.', values: [...requests.values()] }, 'counter'));
      lines.push(...durationLines([...durations.values()]));
      return `${lines.join('\n')}\n`;
    },
  };
}

function family({ name, help, values }: Gauge, type: 'gauge' | 'counter'): string[] {
  return [...heading(name, help, type), ...values.map(({ labels, value }) => sample(name, labels ?? {}, value))];
}

function durationLines(durations: Duration[]): string[] {
  const name = 'berth_request_seconds';
  return [
    ...heading(name, 'Time from a request to the end of its answer, or to the start of its stream.', 'histogram'),
    ...durations.flatMap(({ face, route, buckets, count, sum }) => [
      ...bucketSeconds.map((limit, i) => sample(`${name}_bucket`, { face, route, le: String(limit) }, buckets[i] ?? 0)),
      sample(`${name}_bucket`, { face, route, le: '+Inf' }, count),
      sample(`${name}_sum`, { face, route }, sum),
      sample(`${name}_count`, { face, route }, count),
    ]),
  ];
}

function heading(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function sample(name: string, labels: Record<string, string>, value: number): string {
  const pairs = Object.entries(labels).map(
    ([key, text]) => `${key}="${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  );
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`;
}
