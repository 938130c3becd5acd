// Command authenticator is the two ends of aws-iam-authenticator: the one that makes a token for a cluster, and the one in
// the cluster's control plane that verifies it. The command of its authors has the same two packages, and all of
// Kubernetes' client beside them, which takes minutes to build.
//
//	authenticator token CLUSTER [ROLE-ARN]
//	authenticator verify CLUSTER TOKEN
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"sigs.k8s.io/aws-iam-authenticator/pkg/token"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	arguments = append(arguments, "", "")
	switch cluster, argument := arguments[1], arguments[2]; arguments[0] {
	case "token":
		return printToken(&token.GetTokenOptions{ClusterID: cluster, AssumeRoleARN: argument, SessionName: "kubectl"})
	case "verify":
		return printIdentity(cluster, argument)
	}
	return errors.New("token or verify?")
}

func printToken(options *token.GetTokenOptions) error {
	generator, err := token.NewGenerator(false, false)
	if err != nil {
		return err
	}
	made, err := generator.GetWithOptions(context.Background(), options)
	if err != nil {
		return err
	}
	_, err = fmt.Println(generator.FormatJSON(made))
	return err
}

func printIdentity(cluster, made string) error {
	identity, err := token.NewVerifier(cluster, "aws", "us-east-1").Verify(made)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(identity)
}
