# What both shells can do, said in the words that POSIX has for it.

section() { echo "--- $*"; }

section arithmetic
i=0; while [ $i -lt 1000 ]; do i=$((i+1)); done; echo $i
echo $((7 * 6)) $((1 << 20)) $((-7 / 2)) $((-7 % 3)) $((0x7f & ~1))

section functions
factorial() {
    if [ "$1" -le 1 ]; then echo 1; else
        echo $(($1 * $(factorial $(($1 - 1)))))
    fi
}
factorial 10
scoped() { local name=inner; echo $name; return 5; }
name=outer; scoped; echo $? $name

section here-documents
cat_here() { while read -r line; do echo "<$line>"; done; }
cat_here <<END
name is $name, sum is $((2 + 3))
	a tab, and \$name
END
cat_here <<'END'
name is $name
END
busybox cat <<END
to another process
END
# Longer than what a pipe holds atomically.
text=$(busybox seq 2000)
busybox md5sum <<END
$text
END

section substitution
echo "$(echo one; echo two)" `echo three`
echo $(echo $(echo $(echo nested)))
set -- a "b c" d; echo $# "$2" "$*"
shift; echo $# "$1"
path=/usr/lib/name.tar.gz
echo ${path##*/} ${path%%.*} ${path%.gz} ${#path} ${unset-default} ${unset:=set}

section pipelines
busybox seq 1000 | busybox grep 7 | busybox sort -rn | busybox head -n 3
echo "c a b" | { read -r x y z; echo $y $z $x; }
busybox yes | busybox head -n 100000 | busybox wc -l
(exit 3) | true; echo $?
true | (exit 4); echo $?
! true; echo $?

section subshells
(name=changed; cd /data; pwd; echo $name); pwd; echo $name
(exit 42); echo $?
( (exit 43); echo $?; exit 44 ); echo $?

section jobs
(exit 7) & wait $!; echo $?
for n in 1 2 3 4; do (exit $n) & done; wait; echo $?
busybox sleep 60 & job=$!
kill $job; wait $job; echo $?
busybox sleep 60 & job=$!
kill -KILL $job; wait $job; echo $?
kill -0 $job 2> /dev/null; echo $?
ready=
trap ready=1 USR1
(trap 'echo in the child; exit 9' TERM
 kill -USR1 $$
 while :; do busybox sleep 0.1; done) & job=$!
until [ $ready ]; do busybox sleep 0.1; done
kill $job; wait $job; echo $?

section traps
trap 'echo usr1' USR1; kill -USR1 $$; echo after
trap '' USR1; kill -USR1 $$; echo ignored
(trap 'echo exit' EXIT; echo before)
trap - USR1
(kill -USR1 $(busybox sh -c 'echo $PPID')); echo $?
trap 'echo chld' CHLD; busybox true; trap - CHLD
(trap 'echo int $?' INT; kill -INT $(exec busybox sh -c 'echo $PPID'); echo on)

section exit codes
busybox true; echo $?
busybox false; echo $?
/nowhere 2> /dev/null; echo $?
/data 2> /dev/null; echo $?
/data/text 2> /dev/null; echo $?
busybox sh -c 'exit 300'; echo $?
busybox sh -c 'kill -SEGV $$'; echo $?
busybox sh -c 'kill -ABRT $$'; echo $?

section redirection
echo lost > /dev/null; echo lost >> /dev/null; echo $?
busybox cat < /dev/null; echo $?
{ echo out; echo err >&2; } 2>&1 | busybox sort
{ echo out; echo err >&2; } 2> /dev/null
exec 5< /data/text; read -r line <&5; echo "$line"; exec 5<&-
read -r line <&5 2> /dev/null || echo closed
echo three >&2 2>&1 | busybox cat
busybox dd if=/dev/zero of=/dev/null bs=4096 count=100 2>&1 | busybox head -n 2
busybox head -c 8 /dev/zero | busybox od -A n -t x1
busybox true < /nowhere || echo no file

section globbing
cd /data; echo *; echo */; echo t* [a-f]*[a-z] nothing*; echo /data/f?lder/*; cd /

section directories
pwd; cd /data/folder; pwd; cd ..; pwd; cd - ; cd /data/up; pwd
cd -P /data/up; pwd; busybox pwd; cd folder/../folder; pwd
cd /nowhere 2> /dev/null; echo $? $PWD
cd /data/text 2> /dev/null; echo $?
busybox cat deep; busybox sh -c 'cd ..; busybox cat text; pwd'; pwd
cd /

section read
printf 'a b c\nd\\\ne\n' | { read x y; echo "$x|$y"; read x; echo "$x"; }
echo a:b:c | { IFS=: read -r x y; echo "$x|$y"; }
read -r x < /data/numbers; echo $x
read -r x < /dev/null; echo $?

section printf
printf '%d %5d|%-5d|%05d %x %o %c %s\n' 1 2 3 4 255 8 char string
printf '%s\n' one two three
printf '\101\x42\t\\\n'
printf '%b' 'a\nb\n'

section test
for file in / /data /data/text /data/empty /data/link /data/dangling /nowhere \
    /dev/null /dev/zero /bin/busybox; do
    flags=
    for flag in e d f h r x c p; do
        [ -$flag $file ] && flags=$flags$flag
    done
    [ -f $file ] && [ -s $file ] && flags=$flags-s
    echo $file $flags
done
[ abc = abc ] && [ abc != abd ] && [ 3 -gt 2 ] && [ -z "" ] && echo true
[ /data/text -ef /data/link ] && echo same
[ -t 0 ] && echo terminal

section limits
umask; umask 077; umask; (umask 022; umask); umask; umask u=rwx,g=rx,o=; umask
umask 022
ulimit -s; ulimit -c; ulimit -n; (ulimit -n 100; ulimit -n); ulimit -n
(ulimit -S -s 4096; ulimit -s; busybox sh -c 'ulimit -s')

section words
type section; type cd; type busybox; type nowhere; command -v cd
case /data/text in *.c) echo c;; /data/*) echo data;; esac
for n in 1 2 3 4 5; do
    [ $n = 2 ] && continue; [ $n = 4 ] && break; echo $n
done
eval 'echo $((1' '+ 1))'
until [ $i -le 995 ]; do i=$((i-1)); done; echo $i
set -e; (false; echo never) || true; set +e
set -f; echo /*; set +f
(set -u; echo $never_set) 2> /dev/null; echo $?
times > /dev/null; echo $?
alias

section applets
busybox ls -1 /data; busybox ls -d /data/f*
busybox ls -l /data | busybox awk 'NR > 1 { print $1, $NF }'
busybox cat /data/text /data/empty /data/link
busybox seq 3 3 12; busybox wc /data/text /data/numbers
busybox sort -rn /data/numbers | busybox head -n 2; busybox tail -n 2 /data/numbers
busybox sed -n 's/quick/slow/p' /data/text
busybox awk '{ s += $1 } END { print NR, s }' /data/numbers
busybox grep -c 99 /data/numbers; busybox grep -n fox /data/text
busybox find /data -type f | busybox sort; busybox find /data -name 'd*' | busybox sort
busybox md5sum /data/numbers; busybox sha256sum /data/numbers
busybox expr 6 \* 7; busybox basename /a/b/c; busybox dirname /a/b/c
busybox cut -d ' ' -f 2-3 /data/text; busybox tr a-z A-Z < /data/text
busybox env -i A=1 B=2 busybox env | busybox sort
busybox uniq -c <<END
a
a
b
END
busybox tee /dev/null < /data/text
busybox od -c /data/text | busybox head -n 1
busybox cmp /data/text /data/link && echo equal
busybox cmp /data/text /data/numbers; echo $?
busybox readlink /data/link; busybox readlink -f /data/up/link
busybox stat -c '%n %s %F' /data/text /data/empty /dev/null
busybox xargs -n 2 busybox echo < /data/text
busybox gzip -c /data/numbers | busybox gunzip | busybox md5sum
busybox bzip2 -c /data/numbers | busybox bunzip2 | busybox md5sum
busybox tar cf - -C /data text folder | busybox tar tf -
echo '2 10 ^ p' | busybox dc; echo '2 ^ 100' | busybox bc
busybox usleep 1000; busybox sleep 0.01; busybox true; echo $?
busybox timeout 1 busybox sleep 10; echo $?
busybox time busybox true 2>&1 | busybox wc -l
busybox id -u; busybox id -g
busybox setsid busybox sh -c 'echo in a session of its own'
busybox test -d /data; echo $?
busybox hexdump -C /data/text | busybox tail -n 1
busybox diff /data/text /data/link; echo $?
busybox du /data/folder > /dev/null; echo $?
busybox date -u -d @0; busybox factor 4294967291
