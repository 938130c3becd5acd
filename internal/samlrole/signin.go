package samlrole

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"golang.org/x/net/html"
)

// Bounds of what an identity provider may answer.
const (
	maxPage      = 1 << 20 // bytes
	maxRedirects = 5
	timeout      = 30 * time.Second // of all of it
)

// Provider signs user in and assumes the role, each time that it is asked for credentials. STS is called as cfg says,
// unsigned.
func (p Profile) Provider(cfg aws.Config, user, password string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		response, err := p.signIn(ctx, user, password)
		if err != nil {
			return aws.Credentials{}, err
		}
		role, provider, err := p.choose(response)
		if err != nil {
			return aws.Credentials{}, err
		}
		answer, err := sts.NewFromConfig(cfg).AssumeRoleWithSAML(ctx, &sts.AssumeRoleWithSAMLInput{
			RoleArn: &role, PrincipalArn: &provider, SAMLAssertion: &response,
		})
		if err != nil {
			return aws.Credentials{}, err
		}
		return aws.Credentials{
			AccessKeyID:     aws.ToString(answer.Credentials.AccessKeyId),
			SecretAccessKey: aws.ToString(answer.Credentials.SecretAccessKey),
			SessionToken:    aws.ToString(answer.Credentials.SessionToken),
			CanExpire:       true,
			Expires:         aws.ToTime(answer.Credentials.Expiration),
			Source:          "SAMLRoleProfile",
		}, nil
	})
}

// signIn fills in the form of AD FS, and returns the SAML response, in base64, of the page that comes back: what a browser
// would post to AWS.
func (p Profile) signIn(ctx context.Context, user, password string) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	client := http.Client{Jar: jar, Timeout: timeout, CheckRedirect: sameOrigin}
	form := url.Values{"UserName": {user}, "Password": {password}, "AuthMethod": {"FormsAuthentication"}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := client.Do(request)
	if err != nil {
		return "", fmt.Errorf("identity provider: %w", err)
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the identity provider answered %s", answer.Status)
	}
	return samlResponse(io.LimitReader(answer.Body, maxPage))
}

// sameOrigin keeps the password, and the cookies that stand for it, where they were meant to go.
func sameOrigin(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	case next.URL.Scheme != first.Scheme || next.URL.Host != first.Host:
		return fmt.Errorf("redirected away from the profile's saml_endpoint, to %s", next.URL.Host)
	}
	return nil
}

// samlResponse finds the value of the page's input field SAMLResponse.
func samlResponse(page io.Reader) (string, error) {
	tokens := html.NewTokenizer(page)
	for tokens.Next() != html.ErrorToken {
		if tag := tokens.Token(); tag.Data == "input" && attribute(tag, "name") == "SAMLResponse" {
			return attribute(tag, "value"), nil
		}
	}
	if err := tokens.Err(); !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("identity provider: %w", err)
	}
	return "", errors.New("the identity provider answered without a SAML response: the user name or the password is wrong, " +
		"or it wants more than a form with them")
}

func attribute(tag html.Token, name string) string {
	for _, a := range tag.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// roleAttribute has values of a role's and a provider's ARN with a comma between, in either order.
const roleAttribute = "https://aws.amazon.com/SAML/Attributes/Role"

// choose finds the profile's role among those that the response offers. It judges nothing: STS does.
func (p Profile) choose(response string) (role, provider string, err error) {
	document, err := base64.StdEncoding.DecodeString(response)
	if err != nil {
		return "", "", fmt.Errorf("the identity provider's SAML response: %w", err)
	}
	var parsed struct {
		Attributes []struct {
			Name   string   `xml:"Name,attr"`
			Values []string `xml:"AttributeValue"`
		} `xml:"Assertion>AttributeStatement>Attribute"`
	}
	if err := xml.Unmarshal(document, &parsed); err != nil {
		return "", "", fmt.Errorf("the identity provider's SAML response: %w", err)
	}
	var offered []string
	for _, a := range parsed.Attributes {
		if a.Name != roleAttribute {
			continue
		}
		for _, value := range a.Values {
			pair := split(value)
			if len(pair) != 2 {
				continue
			}
			if strings.Contains(pair[0], ":saml-provider/") {
				slices.Reverse(pair)
			}
			if wanted := split(p.RoleARN); wanted[0] == pair[0] && (len(wanted) == 1 || wanted[1] == pair[1]) {
				return pair[0], pair[1], nil
			}
			offered = append(offered, pair[0])
		}
	}
	return "", "", fmt.Errorf("the identity provider offers the user no role %s, but %q", p.RoleARN, offered)
}

func split(pair string) []string {
	parts := strings.Split(pair, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}
