package saml

import (
	"errors"

	"github.com/beevik/etree"
)

// conditionKeys are the condition keys for attributes, by the attribute's name, as AWS's documents list them. They write the
// names of X.500 without "urn:oid:", with which providers send them: both are taken.
var conditionKeys = map[string]string{
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.1":  "saml:edupersonaffiliation",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.2":  "saml:edupersonnickname",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.3":  "saml:edupersonorgdn",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.4":  "saml:edupersonorgunitdn",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.5":  "saml:edupersonprimaryaffiliation",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.6":  "saml:edupersonprincipalname",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.7":  "saml:edupersonentitlement",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.8":  "saml:edupersonprimaryorgunitdn",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.9":  "saml:edupersonscopedaffiliation",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.10": "saml:edupersontargetedid",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.11": "saml:edupersonassurance",
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.2":  "saml:eduorghomepageuri",
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.3":  "saml:eduorgidentityauthnpolicyuri",
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.4":  "saml:eduorglegalname",
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.5":  "saml:eduorgsuperioruri",
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.6":  "saml:eduorgwhitepagesuri",
	"urn:oid:2.5.4.3":                   "saml:cn",

	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name":              "saml:name",
	"http://schemas.xmlsoap.org/claims/CommonName":                            "saml:commonname",
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname":         "saml:givenname",
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname":           "saml:surname",
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress":      "saml:mail",
	"http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid": "saml:uid",

	"2.5.4.3":                            "saml:commonname",
	"2.5.4.4":                            "saml:surname",
	"urn:oid:2.5.4.4":                    "saml:surname",
	"2.5.4.42":                           "saml:givenname",
	"urn:oid:2.5.4.42":                   "saml:givenname",
	"2.5.4.45":                           "saml:x500uniqueidentifier",
	"urn:oid:2.5.4.45":                   "saml:x500uniqueidentifier",
	"0.9.2342.19200300.100.1.1":          "saml:uid",
	"urn:oid:0.9.2342.19200300.100.1.1":  "saml:uid",
	"0.9.2342.19200300.100.1.3":          "saml:mail",
	"urn:oid:0.9.2342.19200300.100.1.3":  "saml:mail",
	"0.9.2342.19200300.100.1.45":         "saml:organizationstatus",
	"urn:oid:0.9.2342.19200300.100.1.45": "saml:organizationstatus",
}

// readMapped takes an attribute that policies can ask about, with all its values. Others mean nothing here.
func (a *Assertion) readMapped(name string, attr *etree.Element) error {
	key, ok := conditionKeys[name]
	if !ok {
		return nil
	}
	for _, e := range children(attr, assertionSpace, "AttributeValue") {
		value, err := text(e)
		if err != nil {
			value, err = nameIn(e)
		}
		if err != nil {
			return err
		}
		a.mapped[key] = append(a.mapped[key], value)
	}
	return nil
}

// nameIn is the text of a value that is a NameID, as eduPersonTargetedID is sent.
func nameIn(value *etree.Element) (string, error) {
	for _, token := range value.Child {
		if data, ok := token.(*etree.CharData); ok && !data.IsWhitespace() {
			return "", errors.New("an AttributeValue has both text and elements")
		}
	}
	name, err := only(value, assertionSpace, "NameID")
	if err != nil || len(value.ChildElements()) != 1 {
		return "", errors.New("an AttributeValue has elements that are not known")
	}
	return text(name)
}
