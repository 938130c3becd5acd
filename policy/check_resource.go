package policy

import (
	"fmt"
	"slices"
	"strings"
)

// checkResourceForms is step 7. It stops at the first resource that is wrong: AWS looks no further, not even for what would
// be a fault of step 3.
func checkResourceForms(d *draft) *fault {
	for _, s := range d.statements {
		for _, resource := range s.resources {
			if message, detail := resourceFault(resource.text); message != "" {
				return &fault{message: message, detail: detail, at: resource.start}
			}
		}
	}
	return nil
}

// resourceFault is what AWS says about a Resource that is neither "*" nor an ARN it takes; both are empty for one that
// is. Of an ARN with only one field behind the partition, the missing ones are "*".
func resourceFault(resource string) (message, detail string) {
	if resource == "*" {
		return "", ""
	}
	fields := strings.SplitN(resource, ":", 6)
	if len(fields) == 1 {
		return fmt.Sprintf(`Resource %s must be in ARN format or "*".`, resource), ""
	}
	if fields[0] == "arn" {
		if detail := legacyFault(fields); detail != "" {
			return textLegacy, detail
		}
	}
	for len(fields) < 6 {
		fields = append(fields, "*")
	}
	if !isPartition(fields[1]) {
		whole := "arn:" + strings.Join(fields[1:], ":")
		return fmt.Sprintf(`Partition "%s" is not valid for resource "%s".`, fields[1], whole), ""
	}
	switch {
	case fields[0] != "arn":
		return fmt.Sprintf(`Resource %s must be in ARN format or "*".`, resource), `an ARN begins with "arn:"`
	case strings.ContainsAny(fields[2], "*?"): // also when there is no service
		return textResourceVendor, ""
	case fields[2] == "iam":
		return iamFault(resource, fields), ""
	case fields[2] == "s3" && fields[3] != "" && !regionalS3(fields[5]):
		return fmt.Sprintf("Resource %s can not contain region information.", resource), ""
	}
	return "", ""
}

// legacyFault is why AWS's older parser refuses an ARN. Variables belong behind the fifth colon only.
func legacyFault(fields []string) string {
	switch {
	case len(fields) == 4, len(fields) == 5:
		return "an ARN has six fields"
	case len(fields) > 2 && fields[2] == "":
		return "the ARN names no service"
	}
	for _, field := range fields[min(2, len(fields)):min(5, len(fields))] {
		if strings.ContainsFunc(field, func(c rune) bool { return !isAlphanumeric(c) && !strings.ContainsRune("-_.*?", c) }) {
			return fmt.Sprintf("%s cannot be a field of an ARN", quote(field))
		}
	}
	return ""
}

func isPartition(name string) bool {
	switch name {
	case "*", "aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc":
		return true
	}
	return false
}

// iamFault is what AWS says about an ARN of IAM.
func iamFault(resource string, fields []string) string {
	kinds := []string{
		"user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
		"sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
	}
	begins := func(kind string) bool { return strings.HasPrefix(fields[5], kind) }
	switch {
	case fields[3] != "":
		return fmt.Sprintf("IAM resource %s cannot contain region information.", resource)
	case fields[5] == "*", fields[5] == "root", slices.ContainsFunc(kinds, begins), begins("delegation-request/"): // younger than the text
		return ""
	}
	return fmt.Sprintf(`IAM resource path must either be "*", root, or start with %s.`, strings.Join(kinds, ", "))
}

// regionalS3 says whether a resource of S3 may have a region. Buckets and their objects have none.
func regionalS3(resource string) bool {
	for _, kind := range []string{"accesspoint/", "job/", "storage-lens/", "storage-lens-group/", "access-grants/", "async-request/"} {
		if strings.HasPrefix(resource, kind) {
			return true
		}
	}
	return false
}
