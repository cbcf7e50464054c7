/**
 * What a shell does in the new mount namespace, before it becomes the command. It starts in the real folder, by which
 * all is named that the view is about to cover. `-c` keeps mount(8) from putting absolute names in their place.
 *
 * Descriptors: 2 takes what goes wrong here, 3 the keeper's number when all is ready, 4 is the command's own standard
 * error, 5 stays open for as long as whoever opened the view lives.
 *
 * The state folder in the view is the real one, and cannot be written there: what cleans up a folder, such as
 * `git clean`, must not clean up the session. Of the other sessions there is nothing to be seen.
 */
export const setup = `set -e
root=$1 state=$2 session=$3 view=$4 flags=$5 scratch=$6 cwd=$7 wait=$8
shift 8
# Nobody reads what a locale would say.
mounts() { LC_ALL=C mount -c "$@"; }
# No privilege goes further than this shell.
drop='setpriv --ambient-caps -all --inh-caps -all'
# Another name for the real folder, on which nothing is mounted: a view in the view could not be made of one that is covered.
mounts --bind . "./$view/real"
(cd -P "./$view/real" && exec $drop setsid sh -c "$COWRITE_KEEPER") <&5 >/dev/null 2>&1 3>&- 4>&- 5>&- &
keeper=$!
unset COWRITE_KEEPER
mounts -t overlay -o "lowerdir=.,upperdir=$view/upper,workdir=$view/work,userxattr" "cowrite:$keeper" "$root"
mounts --bind -o "ro$flags" "./$state" "$root/$state"
mounts -t tmpfs -o mode=755,size=64k tmpfs "$root/$state/sessions"
mkdir "$root/$state/$session"
mounts --bind -o "ro$flags" "./$state/$session" "$root/$state/$session"
mounts -o remount,ro "$root/$state/sessions"
mounts -t tmpfs -o ro,size=4k tmpfs "$root/$state/trash"
mounts -t tmpfs -o ro,size=4k tmpfs "$root/$state/views"
if [ -n "$scratch" ]; then mounts --bind "./$state/$session/$scratch" "$root/$scratch"; fi
cd "$cwd"
echo "$keeper" >&3
exec 3>&-
if [ -n "$wait" ]; then exec 2>/dev/null 4>&-; exec $drop --pdeathsig KILL cat <&5 >/dev/null; fi
if ! command -v -- "$1" >/dev/null; then echo "cowrite run: $1: command not found" >&4; exit 127; fi
exec 2>&4 4>&- 5>&-
exec $drop --pdeathsig KILL -- "$@"
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
