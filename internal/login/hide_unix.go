//go:build unix

package login

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// hide has the terminal not show what is typed. Package term does so as well, but within a read: one that is interrupted
// would leave the terminal so.
func (t *Terminal) hide() (restore func(), err error) {
	fd := int(t.in.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, err
	}
	hidden := *before
	hidden.Lflag &^= unix.ECHO
	hidden.Lflag |= unix.ICANON | unix.ISIG
	hidden.Iflag |= unix.ICRNL
	if err := unix.IoctlSetTermios(fd, setTermios, &hidden); err != nil {
		return nil, err
	}
	return func() {
		_ = unix.IoctlSetTermios(fd, setTermios, before)
		fmt.Fprintln(t.out) //nolint:errcheck // the line's end that was typed was not seen either
	}, nil
}
