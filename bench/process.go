//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a server under measurement.
type process struct {
	cmd     *exec.Cmd
	address string        // that it listens on
	rest    chan struct{} // closed at the end of its log
}

// stopTimeout is how long a process may take to end before it is killed.
const stopTimeout = 10 * time.Second

var listening = regexp.MustCompile(`msg=listening address=(\S+)`)

// start runs a server on some CPUs, from its first instruction, and waits until it says that it listens. It ends with ctx.
func start(ctx context.Context, cpus []int, stdin io.Reader, name string, arguments ...string) (*process, error) {
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Stdin = stdin
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTimeout
	// A group of its own, so that Ctrl-C reaches it through us alone; and no life without us.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	log, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := onCPUs(cpus, cmd.Start); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, rest: make(chan struct{})}
	lines := bufio.NewScanner(log)
	for p.address == "" && lines.Scan() {
		if match := listening.FindStringSubmatch(lines.Text()); match != nil {
			p.address = match[1]
		} else {
			complain(lines.Text())
		}
	}
	go func() {
		defer close(p.rest)
		for lines.Scan() {
			complain(lines.Text())
		}
	}()
	if p.address == "" {
		return nil, errors.Join(fmt.Errorf("%s did not start", name), p.stop())
	}
	return p, nil
}

// complain passes on what a server logs, unless it is a matter of course.
func complain(line string) {
	if !strings.Contains(line, "level=INFO") {
		fmt.Fprintln(os.Stderr, line)
	}
}

// stopAll stops those that were started.
func stopAll(processes ...*process) error {
	var errs []error
	for _, p := range processes {
		if p != nil {
			errs = append(errs, p.stop())
		}
	}
	return errors.Join(errs...)
}

// stop ends the process and waits for its end.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	kill := time.AfterFunc(stopTimeout, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	<-p.rest
	err := p.cmd.Wait()
	if errors.Is(err, context.Canceled) { // so whoever cancelled knows
		return nil
	}
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signal() == syscall.SIGTERM {
		return nil
	}
	return err
}

// cpuTime is the user and system time of the process so far, to the nanosecond: clock_getcpuclockid(3).
func (p *process) cpuTime() (time.Duration, error) {
	const allThreads = 2 // CPUCLOCK_SCHED
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^p.cmd.Process.Pid)<<3|allThreads, &t); err != nil {
		return 0, fmt.Errorf("CPU time of a server: %w", err)
	}
	return time.Duration(t.Nano()), nil
}

// twoCPUs returns two CPUs that this process may run on.
func twoCPUs() (cpus []int, err error) {
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return nil, err
	}
	for cpu := range len(allowed) * 64 {
		if allowed.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
		if len(cpus) == 2 {
			return cpus, nil
		}
	}
	return nil, errors.New("two CPUs are needed: one for the server, one for the load")
}

// moveTo leaves this process, all threads that it has and will have, only some CPUs.
func moveTo(cpus []int) error {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, task := range tasks {
		id, err := strconv.Atoi(task.Name())
		if err != nil {
			return err
		}
		if err := setAffinity(id, cpus); err != nil {
			return err
		}
	}
	return nil
}

// onCPUs runs f on some CPUs. A process that f starts inherits them.
func onCPUs(cpus []int, f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	if err := setAffinity(0, cpus); err != nil {
		return err
	}
	return errors.Join(f(), unix.SchedSetaffinity(0, &before))
}

func setAffinity(thread int, cpus []int) error {
	var set unix.CPUSet
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	return unix.SchedSetaffinity(thread, &set)
}
