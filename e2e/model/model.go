// Package model reads AWS's own description of its services: the operations, their members, and what values they take. It
// comes with the AWS SDK for Go v1 (Apache-2.0), which nothing here runs.
package model

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	_ "github.com/aws/aws-sdk-go" //nolint:staticcheck // deprecated: see staticcheck.conf
)

// Service is the model of one service.
type Service struct {
	Metadata   struct{ APIVersion string }
	Operations map[string]Operation
	Shapes     map[string]Shape
}

// Operation is an action.
type Operation struct {
	Input, Output *Reference // nil when there is none
	Errors        []Reference
}

// Reference is the use of a shape.
type Reference struct {
	Shape        string
	LocationName string // its name on the wire, when it isn't that of the member
}

// Shape is a type, with its constraints.
type Shape struct {
	Type     string // structure, list, map, string, integer, ...
	Members  map[string]Reference
	Required []string
	Member   *Reference // of a list
	Min, Max *float64   // of a value, a length, or a number of elements
	Pattern  string
	Enum     []string
	Error    *struct {
		Code           string
		HTTPStatusCode int
	}
}

// files holds the model of each service, in the module of the SDK.
var files = map[string]string{
	"sts": "models/apis/sts/2011-06-15/api-2.json",
	"iam": "models/apis/iam/2010-05-08/api-2.json",
}

// Load reads the model of sts or iam.
func Load(service string) (*Service, error) {
	file, ok := files[service]
	if !ok {
		return nil, fmt.Errorf("no model of %q", service)
	}
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go").Output()
	if err != nil {
		return nil, fmt.Errorf("where is the AWS SDK for Go v1? %w", err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), file))
	if err != nil {
		return nil, err
	}
	s := new(Service)
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

// Input is the shape of an operation's parameters. It has no members when there are none.
func (s *Service) Input(action string) Shape {
	if in := s.Operations[action].Input; in != nil {
		return s.Shapes[in.Shape]
	}
	return Shape{}
}
