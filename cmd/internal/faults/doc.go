// Package faults proves that nothing is lost, hidden or doubled while
// everything around the service fails.
//
// A number of faults and a seed come in, a report goes out. Two daemons,
// nats-server and redis-server run as processes of their own; police and
// supervisors work on them while processes are killed and stopped, connections
// cut, delayed and deceived, Redis wiped or thrown back, the archive taken away
// and disks filled. Then everything is mended, and what the clients were told is
// compared with the log, the API, Redis and the archive. The same seed makes the
// same choices. It is linked into no program, and it touches nothing but the
// folder it is given and the processes it has started.
//
// Its second half plants bugs: Mutants are small changes of the sources, each
// of which a named test must notice.
package faults
