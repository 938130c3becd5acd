package client_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/daypass/daypass/internal/client"
)

func TestMessage(t *testing.T) {
	t.Parallel()
	fault := errors.New("it broke")
	tests := []struct {
		name string
		err  error
		want string
		code int
	}{
		{"plain", fault, "daypass: it broke\n", 1},
		{"coded", fmt.Errorf("so %w", client.WithExitCode(fault, client.ExitUsage)), "daypass: so it broke\n", 252},
		{"hinted", client.WithHint(fault, "mend it"), "daypass: it broke\nhint: mend it\n", 1},
		{"hinted twice", client.WithHint(fmt.Errorf("so %w", client.WithHint(fault, "mend it")), "buy one"), "daypass: so it broke\nhint: buy one\n", 1},
		{"as the AWS CLI's", client.InAWSForm(client.WithExitCode(fault, client.ExitService)), "\nit broke\n", 254},
		{"as the AWS CLI's, hinted", client.WithHint(client.InAWSForm(fault), "mend it"), "\nit broke\nhint: mend it\n", 1},
		{"in its own form", client.InOwnForm(client.WithExitCode(fault, client.ExitUsage)), "it broke\n", 252},
		{
			"with orders to the terminal", errors.New("a\x1b[2Jb\u009b2Jc\x9bd\re\x07f\tg\nh é"),
			"daypass: a\ufffd[2Jb\ufffd2Jc\ufffdd\ufffde\ufffdf\tg\nh é\n", 1,
		},
		{"interrupted", fmt.Errorf("asking: %w", context.Canceled), "daypass: asking: context canceled\n", 130},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := client.Message(test.err); got != test.want {
				t.Errorf("message %q, want %q", got, test.want)
			}
			if got := client.ExitCode(test.err); got != test.code {
				t.Errorf("exit code %d, want %d", got, test.code)
			}
		})
	}
}
