package conformance

import (
	"net/http"
	"testing"

	"github.com/daypass/daypass/e2e/model"
	"github.com/daypass/daypass/internal/aws"
)

// Where AWS's model declares an error that we send, we send it with the same status.
func TestErrorStatusesMatchTheModel(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, service := range []string{"sts", "iam"} {
		m, err := model.Load(service)
		if err != nil {
			t.Fatal(err)
		}
		for name, shape := range m.Shapes {
			if shape.Error == nil {
				continue
			}
			ours := aws.Errorf(aws.Code(shape.Error.Code), "").Status()
			if ours == http.StatusInternalServerError {
				continue // not one of ours, or an internal one
			}
			compared++
			if want := shape.Error.HTTPStatusCode; ours != want {
				t.Errorf("%s is sent with %d, want %d (%s of %s)", shape.Error.Code, ours, want, name, service)
			}
		}
	}
	if compared == 0 {
		t.Error("no error was compared")
	}
}
