/**
 * Lines of the script in test/comparison whose output is another than a bare engine's, and why that is right. The suite fails for a
 * difference that is not listed, and for a listed one that is none any more.
 */
export interface ScriptDifference {
  /** As the script has them. */
  lines: readonly string[];
  why: string;
}

export const scriptDifferences: readonly ScriptDifference[] = [
  {
    lines: [
      'docker ps',
      'docker ps -a',
      'docker ps --format "table {{.Names}}\\t{{.Ports}}\\t{{.Labels}}"',
      'docker inspect web --format "{{json .NetworkSettings.Ports}}"',
      'docker port web',
      'docker port web 80',
    ],
    why: 'A published port is one of the edge, which has one address; an engine binds `::` besides `0.0.0.0`.',
  },
  {
    lines: ['docker run --name second -p 18090:80 busybox true', 'docker inspect --format "{{.State.Status}} {{.State.ExitCode}}" second'],
    why: 'A port is taken at the edge before the engine is asked: there is no endpoint yet to name, and the container was never started.',
  },
  {
    lines: [
      'docker ps -a --filter status=nosuch',
      'docker ps -a --filter nosuch=1',
      'docker images --filter nosuch=1',
      'docker image prune -f --filter nosuch=1',
      'docker volume ls --filter nosuch=1',
      'docker volume prune -f --filter nosuch=1',
      'docker network ls --filter nosuch=1',
      'docker container prune -f --filter nosuch=1',
      'docker image inspect nosuch',
    ],
    why: 'Worded as by engines since 23, whose versions of the API Berth serves.',
  },
  {
    lines: [
      'docker version --format "{{.Client.APIVersion}}"',
      'docker volume prune -a -f',
      'docker volume prune -f | sed "s/[0-9a-f]\\{64\\}/ID/"',
      'docker volume ls -q',
      'docker volume ls --format "{{.Driver}} {{.Labels}} {{.Scope}}" | sort',
      `docker inspect --format '{{json .NetworkSettings.Networks.front.Aliases}} {{.HostConfig.NetworkMode}}' server`,
      'docker run --rm --mac-address 02:42:ac:11:00:99 busybox true',
    ],
    why: 'The CLI speaks 1.47 with Berth and 1.41 with the engine of Debian: what came between is there.',
  },
  {
    lines: [
      'docker image inspect busybox',
      'docker volume inspect data',
      'docker top back',
      'docker network inspect bridge --format "{{.Name}} {{.Driver}} {{.Scope}} {{.Internal}} {{json .Options}}"',
      'docker run --rm --cpus 9999 busybox true',
    ],
    why: 'Nothing is told of the host: paths, process ids, interfaces, its number of cores.',
  },
  {
    lines: ['docker inspect web --format "{{json .HostConfig}}" | tr "," "\\n"'],
    why: 'What the platform decides reads as the default or as the limit that it sets: see Replies.',
  },
  {
    lines: [
      'docker exec --privileged box true',
      'docker volume create -o type=tmpfs -o device=tmpfs other && docker volume rm other',
      'docker run --rm -v /etc:/host busybox true',
      'docker run --rm --mount type=bind,source=/etc,target=/host busybox true',
      'docker network create --subnet 10.99.0.0/24 other && docker network rm other',
      'docker network create -o com.docker.network.bridge.name=own other && docker network rm other',
      'docker network create --ipv6 --subnet fd00:9::/64 other && docker network rm other',
      'docker run --rm --network host busybox true',
      'docker run --rm --cap-add SYS_ADMIN busybox true',
      'docker run --rm --security-opt seccomp=unconfined busybox true',
      'docker run --rm --privileged busybox true',
      'docker run --rm --pid host busybox true',
      'docker run --rm --ipc host busybox true',
      'docker run --rm --uts host busybox true',
      'docker run --rm --device /dev/null busybox true',
      'docker run --rm --runtime nosuch busybox true',
      'docker run --rm --log-driver syslog busybox true',
      'docker run --rm --add-host inner:10.0.0.1 busybox true',
      'docker run --rm --sysctl kernel.shmmax=1 busybox true',
      'docker run --rm --sysctl net.ipv4.ip_forward=0 busybox true',
    ],
    why: 'It would reach the host or another tenant, and is refused by the name of its field.',
  },
  { lines: ['docker network ls'], why: 'There is no `host` network.' },
  {
    lines: ['docker network connect --ip 10.1.2.3 front loner', 'docker run --rm --network front --ip 10.1.2.3 busybox true'],
    why: 'Every network has a subnet that Berth gave it, so an address of one’s own must be in it.',
  },
  {
    lines: ['docker run --rm --dns 93.184.215.14 --dns-search example.org busybox cat /etc/resolv.conf'],
    why: 'The default network knows the names of its members, unlike Docker’s: its resolver asks the one that was given.',
  },
  {
    lines: ['docker run --rm --cpu-shares 1 busybox true', 'docker run --rm -h bad_host! busybox hostname'],
    why: 'Checked when it is asked for, with the bounds.',
  },
  { lines: ['docker save nosuch > nothing.tar'], why: 'A tag that is left out is `latest` in this message too.' },
  { lines: ['echo nonsense | docker load'], why: 'Said before the archive is taken, and what is wrong with it.' },
  {
    lines: ['docker rmi -f own/imported:1 own/imported:2 | cut -d: -f1'],
    why: 'Layers are shared by tenants and kept by hosts: of a deletion Berth tells images alone.',
  },
  {
    lines: ['docker run --rm nosuch:image true', `printf 'FROM nosuch-base:1\\n' | docker build -`, 'docker search nosuch'],
    why: 'Berth asks registries itself, and repeats nothing of where they are.',
  },
  {
    lines: ['docker login -u red -p wrong $REGISTRY', 'docker pull $REGISTRY/own/$SIDE:1 2>&1 | sed "s/own.$SIDE/NAME/"'],
    why: 'A registry that wants a login is answered for as one with tokens is.',
  },
  {
    lines: ['docker system df --format "{{.Type}} {{.TotalCount}}" | tail -1'],
    why: 'The steps of builds are a cache of their own, and no images as with a classic builder.',
  },
  {
    lines: ['docker inspect --format "{{.HostConfig.NanoCpus}}" taken'],
    why: 'After `--cpu-quota -1` the limit is gone from what is shown too; an engine of Debian shows the one that was.',
  },
  { lines: ['docker push $REGISTRY/own/nosuch:1'], why: 'Said before anything is sent.' },
  {
    lines: ['docker service ls', 'docker stack ls', 'docker node ls', 'docker secret ls', 'docker swarm leave'],
    why: 'Berth is no Swarm.',
  },
  { lines: ['docker plugin ls'], why: 'A plugin runs on the host with all its rights.' },
];
