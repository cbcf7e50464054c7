/** memfs asks at every step of every path who it runs as, and each time that was a call of the system. Nobody changes it here. */
const [user, group] = [process.getuid?.(), process.getgid?.()]
if (user !== undefined) process.getuid = () => user
if (group !== undefined) process.getgid = () => group
