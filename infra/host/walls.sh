#!/bin/sh
# The network walls of a Berth host. As root:
#
#   walls.sh apply    raises the walls, or brings them up to date; may be run at any time and as often as one likes
#   walls.sh check    prints what is missing and exits 1; prints nothing and exits 0 when all of it stands
#   walls.sh remove   takes them down again
#
# What a container may not reach: the host it runs on, what the host publishes for others, the metadata service, private
# addresses. What the engine itself may not reach: the same, since a tenant names the registries that it asks.
# Only packets that open a connection are judged: answers pass. A wall never accepts, it only refuses, so that the
# machine's own rules keep their say.
#
# It does not matter whether Docker is running, has yet to start, or restarts later: Docker keeps the chain DOCKER-USER as
# it is, and the other chains are our own. Works with iptables-nft and iptables-legacy, whichever `iptables` is.
#
# Settings are shell assignments, lists separated by blanks, in /etc/berth/walls.conf or the file that BERTH_WALLS_CONF names:
set -eu

# Public addresses and ranges of the fleet's own machines; private ones are shut anyway.
FLEET=
# What containers, or the engine, may reach all the same: `10.1.2.3`, `10.5.0.0/16`, `10.1.2.3:5000`, `[fd00::3]:5000` (tcp).
CONTAINER_ALLOW=
ENGINE_ALLOW=
# DNS servers, for port 53 alone. Empty: those of this machine.
RESOLVERS=
# Links that containers are attached to. A plus is any ending.
BRIDGES='docker+ br-+'
# A group that dockerd alone has (SupplementaryGroups= in its unit): then the engine is known by it. Empty: every process of
# root counts as the engine, which also cuts root's other programs off from metadata, private addresses and localhost.
ENGINE_GROUP=

conf=${BERTH_WALLS_CONF:-/etc/berth/walls.conf}
# shellcheck source=/dev/null
[ ! -f "$conf" ] || . "$conf"

# Who is judged, then by what: BERTH-INPUT sends what comes from a bridge to BERTH-HOST, and so on.
chains='BERTH-INPUT BERTH-HOST BERTH-FORWARD BERTH-EGRESS BERTH-OUTPUT BERTH-ENGINE BERTH-PRIVATE'
# Chain and the one that must come first in it.
hooks='INPUT:BERTH-INPUT OUTPUT:BERTH-OUTPUT FORWARD:DOCKER-USER DOCKER-USER:BERTH-FORWARD'

# Everything that is not the public internet (IANA's special-purpose registries), metadata services included. In IPv6 also the
# ranges that carry an IPv4 address, behind which a translator could lead to any of the former.
private4='0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.168.0.0/16 198.18.0.0/15
	224.0.0.0/4 240.0.0.0/4'
private6='::/96 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 2002::/16 fc00::/7 fe80::/10 ff00::/8'

main() {
	case ${1:-} in
	apply) each_family walls_apply ;;
	check) walls_check ;;
	remove) each_family walls_remove ;;
	*)
		echo "usage: $0 apply | check | remove" >&2
		exit 2
		;;
	esac
}

each_family() {
	for family in $(families); do "$1" "$family"; done
}

# A kernel without IPv6 needs no wall there.
families() {
	echo 4
	[ ! -e /proc/net/if_inet6 ] || echo 6
}

ipt() {
	if [ "$family" = 6 ]; then ip6tables -w "$@"; else iptables -w "$@"; fi
}

restore() {
	if [ "$family" = 6 ]; then ip6tables-restore -w --noflush; else iptables-restore -w --noflush; fi
}

# The rules of our chains, one a line, as `CHAIN matches -j TARGET`.
rules() {
	if [ "$family" = 6 ]; then
		private=$private6 icmp=ipv6-icmp reject='REJECT --reject-with icmp6-adm-prohibited'
	else
		private=$private4 icmp=icmp reject='REJECT --reject-with icmp-admin-prohibited'
	fi
	# Refused and not dropped: a program that looks for a metadata service gives up at once. The kind of refusal tells a wall
	# (EHOSTUNREACH, EACCES) from a host that answers on a closed port (ECONNREFUSED): the probe relies on it.
	answers='-m conntrack --ctstate ESTABLISHED --ctdir REPLY -j RETURN'

	for bridge in $BRIDGES; do
		echo "BERTH-INPUT -i $bridge -j BERTH-HOST"
		echo "BERTH-FORWARD -i $bridge -j BERTH-EGRESS"
	done
	echo "BERTH-HOST $answers"
	echo "BERTH-HOST -p $icmp -m conntrack --ctstate RELATED -j RETURN"
	# Without neighbour discovery a container does not find its gateway.
	[ "$family" = 4 ] || for type in 133 135 136; do echo "BERTH-HOST -p ipv6-icmp -m icmp6 --icmpv6-type $type -j RETURN"; done
	passes BERTH-HOST "$CONTAINER_ALLOW"
	echo "BERTH-HOST -j $reject"

	echo "BERTH-EGRESS $answers"
	echo "BERTH-EGRESS -p $icmp -m conntrack --ctstate RELATED -j RETURN"
	# Its destination has been rewritten on this host: it went to a published port, by whichever of the host's addresses.
	echo "BERTH-EGRESS -m conntrack --ctstate DNAT -j $reject"
	# Between members of one network; they come by here only where the kernel shows bridged frames to iptables.
	[ ! -e /proc/sys/net/bridge ] || echo "BERTH-EGRESS -m physdev --physdev-is-bridged -j RETURN"
	passes BERTH-EGRESS "$CONTAINER_ALLOW"
	echo "BERTH-EGRESS -j BERTH-PRIVATE"

	if [ -n "$ENGINE_GROUP" ]; then
		echo "BERTH-OUTPUT -m owner --gid-owner $ENGINE_GROUP --suppl-groups -j BERTH-ENGINE"
	else
		echo "BERTH-OUTPUT -m owner --uid-owner 0 -j BERTH-ENGINE"
	fi
	echo "BERTH-ENGINE $answers"
	passes BERTH-ENGINE "$ENGINE_ALLOW"
	# Whatever name it came by: neither localhost nor a public address of its own, where services listen that a firewall hides.
	echo "BERTH-ENGINE -m addrtype --dst-type LOCAL -j $reject"
	echo "BERTH-ENGINE -j BERTH-PRIVATE"

	for range in $private; do echo "BERTH-PRIVATE -d $range -j $reject"; done
	for range in $(of_family $FLEET); do echo "BERTH-PRIVATE -d $range -j $reject"; done
}

# What may pass a chain in spite of its destination: DNS, and what the operator lists.
passes() {
	for server in $(of_family $(resolvers)); do
		for protocol in udp tcp; do echo "$1 -d $server -p $protocol -m $protocol --dport 53 -j RETURN"; done
	done
	for entry in $(of_family $2); do echo "$1 $(destination "$entry") -j RETURN"; done
}

destination() {
	case $1 in
	\[*\]:*)
		address=${1#\[}
		echo "-d ${address%%\]*} -p tcp -m tcp --dport ${1##*:}"
		;;
	*:*:*) echo "-d $1" ;;
	*:*) echo "-d ${1%:*} -p tcp -m tcp --dport ${1##*:}" ;;
	*) echo "-d $1" ;;
	esac
}

of_family() {
	for entry; do
		case $entry in
		*:*:*) [ "$family" != 6 ] || echo "$entry" ;;
		*) [ "$family" != 4 ] || echo "$entry" ;;
		esac
	done
}

# Docker gives containers the servers behind systemd-resolved when only its local stub is configured.
resolvers() {
	if [ -n "$RESOLVERS" ]; then
		echo "$RESOLVERS"
	else
		cat /etc/resolv.conf /run/systemd/resolve/resolv.conf 2>/dev/null | sed -n 's/^nameserver[[:blank:]]*\([0-9a-fA-F.:]*\).*/\1/p' | sort -u
	fi
}

# All chains change in one step, so that there is no moment without a wall.
walls_apply() {
	{
		echo '*filter'
		for chain in $chains; do echo ":$chain - [0:0]"; done
		rules | sed 's/^/-A /'
		echo COMMIT
	} | restore
	# Docker takes it over as it finds it.
	ipt -n -L DOCKER-USER >/dev/null 2>&1 || ipt -N DOCKER-USER
	for hook in $hooks; do hook_first "${hook%:*}" "${hook#*:}"; done
}

hooked_first() {
	[ "$(ipt -S "$1" 1 2>/dev/null)" = "-A $1 -j $2" ]
}

hook_first() {
	hooked_first "$1" "$2" || ipt -I "$1" 1 -j "$2"
	for number in $(hook_numbers "$1" "$2" | sed 1d | sort -rn); do ipt -D "$1" "$number"; done
}

hook_numbers() {
	ipt -S "$1" 2>/dev/null | grep '^-A' | grep -nxF -e "-A $1 -j $2" | cut -d: -f1
}

walls_check() {
	missing=$(each_family walls_missing)
	[ -z "$missing" ] && return
	echo "$missing"
	exit 1
}

walls_missing() {
	program=iptables
	[ "$family" = 4 ] || program=ip6tables
	for hook in $hooks; do
		hooked_first "${hook%:*}" "${hook#*:}" || echo "$program: ${hook%:*} does not begin with a jump to ${hook#*:}"
	done
	rules | while read -r rule; do
		# shellcheck disable=SC2086 # a rule is words
		ipt -C $rule 2>/dev/null || echo "$program: no rule $rule"
	done
	for chain in $chains; do
		wanted=$(rules | grep -c "^$chain ")
		found=$(ipt -S "$chain" 2>/dev/null | grep -c '^-A' || true)
		[ "$found" -le "$wanted" ] || echo "$program: $chain has $((found - wanted)) rules that are not ours"
	done
}

walls_remove() {
	for hook in INPUT:BERTH-INPUT OUTPUT:BERTH-OUTPUT DOCKER-USER:BERTH-FORWARD; do
		for number in $(hook_numbers "${hook%:*}" "${hook#*:}" | sort -rn); do ipt -D "${hook%:*}" "$number"; done
	done
	for chain in $chains; do ipt -F "$chain" 2>/dev/null || true; done
	for chain in $chains; do ipt -X "$chain" 2>/dev/null || true; done
}

main "$@"
