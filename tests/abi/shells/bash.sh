# What only bash has.
. /common.sh

section bash: tests
[[ abc == a* && abc != b* && abc =~ ^(.)b(.)$ ]] && echo "${BASH_REMATCH[@]}"
[[ -e /data/text && ! -d /data/text && /data/text -ef /data/link ]]; echo $?
(( 3 > 2 )) && echo arithmetic

section bash: arrays
list=(one two "three four"); list+=(five)
echo ${#list[@]} "${list[2]}" "${list[@]:1:2}" "${!list[@]}"
declare -A map=([red]=1 [green]=2); echo ${map[green]} ${#map[@]}
mapfile -t lines < /data/numbers; echo ${#lines[@]} ${lines[4]}
for ((i = 0; i < 3; i++)); do printf '%s ' $i; done; echo

section bash: expansion
echo {a..e} {1..10..3} ${name^^} ${name/out/in} ${name:1:2}
printf -v text '%03d' 7; echo $text; echo $'tab\there'
shopt -s nullglob extglob
echo /data/@(text|empty) /data/nothing*

section bash: processes
busybox cat <<< "a here-string"
true | false | true; echo ${PIPESTATUS[@]}
set -o pipefail; false | true; echo $?; set +o pipefail
coproc busybox cat; echo through >&${COPROC[1]}; read -r line <&${COPROC[0]}
echo $line; kill $COPROC_PID; wait $COPROC_PID 2> /dev/null; echo $?
sleep_wait() { busybox sleep 0.$1; return $1; }
(sleep_wait 5 & sleep_wait 1 & wait -n; echo $?; wait -n; echo $?)
read -t 0.05 line; echo $?
trap 'echo error $?' ERR; false; trap - ERR
trap 'echo return' RETURN; section x; trap - RETURN
trap 'echo the end' EXIT
ulimit -a | busybox awk '{ print $1, $2 }' | busybox head -n 5
type -t section cd busybox [[
exit 0
