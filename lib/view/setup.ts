/** The setup's exit status where the session has no folder for the command to begin in. */
export const noFolder = 75

/**
 * What a shell does in the new mount namespace, before it becomes the command. It starts in the real folder, by which
 * all is named that the view is about to cover. `-c` keeps mount(8) from putting absolute names in their place.
 *
 * Descriptors: 2 takes what goes wrong here, 3 the keeper's number when all is ready, and has a line when the command may
 * begin; 4 is the command's own standard error, 5 stays open for as long as whoever opened the view lives.
 *
 * The state folder in the view is the real one, and cannot be written there: what cleans up a folder, such as
 * `git clean`, must not clean up the session. Of the other sessions there is nothing to be seen.
 *
 * Files of the session bring along from which live file an earlier view has copied them. A kernel that finds that one by
 * its handle takes both for one file, and the second of two that are there is unreadable (ESTALE): so whoever mounts the
 * view, who otherwise may do all, may not look files up by handle. Nor is there an index, which goes by the same note.
 *
 * All that can be mounted at once is, from a list: a process for each takes as long as the command's own start. Where
 * another view is around, mount(8) would take parts of that for ours that are there already.
 */
export const setup = `set -e
root=$1 place=$2 state=$3 session=$4 view=$5 flags=$6 scratch=$7 nested=$8 cwd=$9
shift 9
wait=$1 gained=$2
shift 2
# No privilege that was gained goes further than this shell.
none= blind=
if [ -n "$gained" ]; then none='--ambient-caps -all --inh-caps -all'; else blind='setpriv --bounding-set -dac_read_search'; fi
# Nobody reads what a locale would say.
mounts() { LC_ALL=C $blind mount -c "$@"; }
# Another name for the real folder, on which nothing is mounted: a view in the view could not be made of one that is covered.
LC_ALL=C mount -c --bind . "./$view/real"
# What ends the command, such as a signal to all of its group, may come before the keeper has a group of its own.
trap '' HUP INT QUIT TERM USR1 USR2
(cd -P "./$view/real" && exec \${none:+setpriv $none} setsid sh -c "$COWRITE_KEEPER") <&5 >/dev/null 2>&1 3>&- 4>&- 5>&- &
keeper=$!
trap - HUP INT QUIT TERM USR1 USR2
unset COWRITE_KEEPER
lay() {
  if [ -n "$nested" ]; then mounts -t "$3" -o "$4" "$1" "$root$2"; else printf '%s\\n' "$1 $place$2 $3 $4 0 0" >>"./$view/mounts"; fi
}
lay "cowrite:$keeper" "" overlay "lowerdir=.,upperdir=$view/upper,workdir=$view/work,userxattr,index=off"
lay "./$state" "/$state" none "bind,ro$flags"
lay "./$view/sessions" "/$state/sessions" none "bind,ro$flags"
lay "./$state/$session" "/$state/$session" none "bind,ro$flags"
lay "./$view/empty" "/$state/trash" none "bind,ro$flags"
lay "./$view/empty" "/$state/views" none "bind,ro$flags"
if [ -n "$scratch" ]; then lay "./$state/$session/$scratch" "/$scratch" none bind; fi
amiss() { echo "$1" >&2; exit 1; }
if [ -z "$nested" ]; then mounts -a -T "./$view/mounts" >&2; fi
# What is in the list and was there already, it passes by; and nothing may ever be run in the real folder.
stands() { while read -r line; do case $line in *" - overlay cowrite:$keeper "*) return ;; esac; done </proc/self/mountinfo; return 1; }
# To read that list takes a call for each of its letters; without another view around, a folder that is none of the real disk is ours.
if [ -n "$nested" ]; then stands; else [ ! "$root" -ef . ]; fi || amiss "the view is not mounted"
[ ! -e "$root/$view" ] && [ ! -w "$root/$state" ] || amiss "the state folder is not covered"
for seen in "$root/$state/sessions/"*; do [ "$seen" = "$root/$state/$session" ] || amiss "other sessions are in sight"; done
cd "$cwd" || exit ${noFolder}
echo "$keeper" >&3
# Whoever opened the view is gone where nothing comes.
read -r begin <&3
exec 3>&-
if [ -n "$wait" ]; then exec 2>/dev/null 4>&-; exec setpriv $none --pdeathsig KILL cat <&5 >/dev/null; fi
if ! command -v -- "$1" >/dev/null; then echo "cowrite run: $1: command not found" >&4; exit 127; fi
exec 2>&4 4>&- 5>&-
exec setpriv $none --pdeathsig KILL -- "$@"
`

/**
 * The keeper stands beneath the view: its working folder is the way to the real one. It waits until whoever opened the
 * view is gone; where that one was killed, it ends what is left in here, so that nobody writes unseen.
 */
export const keeper = `read -r nothing
me=$(readlink /proc/self/ns/mnt)
for process in /proc/[0-9]*; do
  number=\${process#/proc/}
  [ "$number" = "$$" ] && continue
  [ "$(readlink "$process/ns/mnt")" = "$me" ] && kill -KILL "$number"
done
`
