package main

import (
	_ "embed"
	"io"
	"strings"
	"text/template"

	"github.com/daypass/daypass/internal/server"
)

//go:embed firststeps.txt
var firstStepsText string

var firstSteps = template.Must(template.New("first steps").Parse(firstStepsText))

// printFirstSteps shows the one and only time how to use a new account, in lines to paste.
func printFirstSteps(w io.Writer, endpoint string, account server.Account) error {
	return firstSteps.Execute(w, struct {
		server.Account
		Endpoint string
		OverTLS  bool
	}{account, endpoint, strings.HasPrefix(endpoint, "https:")})
}
