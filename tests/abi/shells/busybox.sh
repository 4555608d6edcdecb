# What only busybox's shell has.
. /common.sh

section busybox
ulimit -a > /dev/null; echo $?
[[ abc == abc ]]; echo $?
echo ${name/out/in} ${name:1:2}
trap 'echo the end' EXIT
exit 3
