package aws

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// declaredCodes reads the constants of type Code from the source: the compiler keeps no list of them.
func declaredCodes(t *testing.T) map[Code]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "error.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[Code]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			return true
		}
		for i, name := range spec.Names {
			literal, ok := spec.Values[i].(*ast.BasicLit)
			if !ok {
				t.Fatalf("%s is no literal", name.Name)
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			if other, taken := codes[Code(text)]; taken {
				t.Errorf("%s and %s are the same code", other, name.Name)
			}
			codes[Code(text)] = name.Name
		}
		return true
	})
	return codes
}

var codePattern = regexp.MustCompile(`^[A-Z][A-Za-z]+$`)

func TestEveryCodeHasStatus(t *testing.T) {
	t.Parallel()
	codes := declaredCodes(t)
	if len(codes) == 0 {
		t.Fatal("error.go declares no codes")
	}
	for code, name := range codes {
		if _, ok := statuses[code]; !ok {
			t.Errorf("%s has no status", name)
		}
		if !codePattern.MatchString(string(code)) {
			t.Errorf("%s is %q, which would not fit an envelope", name, code)
		}
	}
	for code, status := range statuses {
		if _, ok := codes[code]; !ok {
			t.Errorf("the status %d belongs to %q, which no constant names", status, code)
		}
		if status < 400 || status > 599 || http.StatusText(status) == "" {
			t.Errorf("%s has status %d", code, status)
		}
	}
}

func TestStatusAndFault(t *testing.T) {
	t.Parallel()
	tests := []struct {
		code   Code
		status int
		fault  string
	}{
		{ValidationError, http.StatusBadRequest, "Sender"},
		{AccessDenied, http.StatusForbidden, "Sender"},
		{NoSuchEntity, http.StatusNotFound, "Sender"},
		{LimitExceeded, http.StatusConflict, "Sender"},
		{InternalFailure, http.StatusInternalServerError, "Receiver"},
		{ServiceUnavailable, http.StatusServiceUnavailable, "Receiver"},
		{"NotInTheCatalogue", http.StatusInternalServerError, "Receiver"},
		{"", http.StatusInternalServerError, "Receiver"},
	}
	for _, test := range tests {
		e := &Error{Code: test.code}
		if e.Status() != test.status || e.Fault() != test.fault {
			t.Errorf("%q: %d %s, want %d %s", test.code, e.Status(), e.Fault(), test.status, test.fault)
		}
	}
}

func TestErrorKeepsCauseFromClient(t *testing.T) {
	t.Parallel()
	cause := errors.New("the disk is full")
	tests := []struct {
		name    string
		err     *Error
		message string // what the client reads
		text    string // what the operator reads
		cause   error
	}{
		{"formatted", Errorf(NoSuchEntity, "The user %s is gone.", "alice"), "The user alice is gone.", "NoSuchEntity: The user alice is gone.", nil},
		{
			"internal", Internal(cause), "An internal error has occurred.",
			"InternalFailure: An internal error has occurred. (the disk is full)", cause,
		},
		{"with a reason", Errorf(AccessDenied, "no").Because(cause), "no", "AccessDenied: no (the disk is full)", cause},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff([]string{test.message, test.text}, []string{test.err.Message, test.err.Error()}); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if !errors.Is(test.err.Unwrap(), test.cause) {
				t.Errorf("cause is %v, want %v", test.err.Unwrap(), test.cause)
			}
		})
	}
}

// The errors that packages keep in variables are shared by all requests: a reason must not stick to them.
func TestBecauseCopies(t *testing.T) {
	t.Parallel()
	shared := Errorf(AccessDenied, "no")
	if got := shared.Because(errors.New("a reason")); got == shared || got.Code != AccessDenied {
		t.Errorf("Because returned %v", got)
	}
	if shared.Unwrap() != nil {
		t.Errorf("the shared error has got the cause %v", shared.Unwrap())
	}
}
