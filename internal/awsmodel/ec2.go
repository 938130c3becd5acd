package awsmodel

import (
	"maps"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/aws"
)

// ec2Types says of what type a parameter's resource is, by the last part of its name that is no number.
var ec2Types = map[string]string{
	"AllocationId": "elastic-ip", "CustomerGatewayId": "customer-gateway", "DhcpOptionsId": "dhcp-options",
	"EgressOnlyInternetGatewayId": "egress-only-internet-gateway", "FlowLogId": "vpc-flow-log", "GroupId": "security-group",
	"ImageId": "image", "InstanceId": "instance", "InternetGatewayId": "internet-gateway", "KeyName": "key-pair",
	"LaunchTemplateId": "launch-template", "NatGatewayId": "natgateway", "NetworkAclId": "network-acl",
	"NetworkInterfaceId": "network-interface", "PlacementGroupName": "placement-group", "PrefixListId": "prefix-list", "RouteTableId": "route-table",
	"SecurityGroupId": "security-group", "SecurityGroupRuleId": "security-group-rule", "SnapshotId": "snapshot",
	"SourceSecurityGroupId": "security-group", "SubnetId": "subnet", "TransitGatewayAttachmentId": "transit-gateway-attachment",
	"TransitGatewayId": "transit-gateway", "TransitGatewayRouteTableId": "transit-gateway-route-table", "VolumeId": "volume",
	"VpcEndpointId": "vpc-endpoint", "VpcId": "vpc", "VpcPeeringConnectionId": "vpc-peering-connection", "VpnConnectionId": "vpn-connection",
	"VpnGatewayId": "vpn-gateway",
}

// ec2Prefixes says the same of the ResourceId of CreateTags and DeleteTags, by how ids begin.
var ec2Prefixes = map[string]string{
	"acl": "network-acl", "ami": "image", "dopt": "dhcp-options", "eigw": "egress-only-internet-gateway", "eipalloc": "elastic-ip",
	"eni": "network-interface", "fl": "vpc-flow-log", "i": "instance", "igw": "internet-gateway", "key": "key-pair", "lt": "launch-template",
	"nat": "natgateway", "pcx": "vpc-peering-connection", "pg": "placement-group", "rtb": "route-table", "sg": "security-group",
	"sgr": "security-group-rule", "snap": "snapshot", "subnet": "subnet", "tgw": "transit-gateway", "vgw": "vpn-gateway",
	"vol": "volume", "vpc": "vpc", "vpce": "vpc-endpoint", "vpn": "vpn-connection",
}

// ec2Plain are parameters that name no resource. Every one that is not here and not above may name one.
var ec2Plain = nameSet("AdditionalInfo,AmdSevSnp,Architecture,AssociatePublicIpAddress,AttachmentId,AvailabilityZone," +
	"AvailabilityZoneId,BootMode,CidrBlock,CidrIp,CidrIpv6,ClientToken,CoreCount,DeleteOnTermination,Description,Device," +
	"DeviceIndex,DeviceName,DisableApiStop,DisableApiTermination,Domain,DryRun,EbsOptimized,Egress,EnableDnsHostnames," +
	"EnableDnsSupport,Enabled,Encrypted,Force,FromPort,GroupDescription,Hibernate,HttpEndpoint,HttpPutResponseHopLimit,HttpTokens," +
	"IncludeAllInstances,InstanceInitiatedShutdownBehavior,InstanceType,Iops,IpProtocol,KeyFormat,KeyType,MaxCount,MaxResults,MinCount," +
	"NextToken,NoDevice,NoReboot,PrivateIpAddress,ResourceType,SecondaryPrivateIpAddressCount,SkipOsShutdown,Tenancy,ThreadsPerCore," +
	"Throughput,ToPort,UserData,VirtualName,VolumeSize,VolumeType,Size,DestinationCidrBlock,AllowReassociation,CpuCredits," +
	"EnableResourceNameDnsARecord,HostnameType,InstanceInterruptionBehavior,Latest,MapPublicIpOnLaunch,MarketType,MaxPrice," +
	"SourceDestCheck,SpotInstanceType,UserId")

// ec2Created are the types of what an action makes: AWS decides on the name of the type with an asterisk.
var ec2Created = map[string][]string{
	"AllocateAddress": {"elastic-ip"}, "CreateImage": {"image", "snapshot"}, "CreateInternetGateway": {"internet-gateway"},
	"CreateNetworkAcl": {"network-acl"}, "CreateNetworkInterface": {"network-interface"}, "CreateRouteTable": {"route-table"},
	"CreateSecurityGroup": {"security-group"}, "CreateSnapshot": {"snapshot"}, "CreateSubnet": {"subnet"}, "CreateVolume": {"volume"},
	"CreateVpc": {"vpc"}, "RunInstances": {"instance", "network-interface", "volume"},
}

// ec2 takes each resource that a parameter names, what the action makes, and of what iam-data says it needs besides and
// the request does not name, any. Of a parameter that we do not know, it takes any resource at all.
func ec2(n *naming) {
	if !n.op.hasTypes {
		n.any()
		return
	}
	types := map[string]bool{} // that have a resource
	created := ec2Created[n.op.name]
	for _, kind := range created {
		types[kind] = true
		n.onEC2(kind, "*", false)
	}
	tags := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(n.in.form)) {
		if top, _, _ := strings.Cut(name, "."); top == "TagSpecification" || top == "Tag" {
			n.ec2Tag(name, tags)
			continue
		}
		n.ec2Parameter(name, n.in.form[name], types)
	}
	for kind, required := range n.op.types {
		if _, has := types[kind]; !has && required {
			n.onEC2(kind, "*", true)
		}
	}
	if n.op.name == "RunInstances" {
		for _, kind := range []string{"security-group", "subnet"} { // the defaults, where none is named
			if !types[kind] {
				n.onEC2(kind, "*", true)
			}
		}
	}
	if !slices.ContainsFunc(n.found, func(p Permission) bool { return p.Action == "ec2:"+n.op.name }) {
		n.any() // it chooses by something else
	}
	n.ec2Tags(created, tags)
}

// ec2Parameter takes the resource that a parameter names.
func (n *naming) ec2Parameter(name, value string, types map[string]bool) {
	parts := slices.DeleteFunc(strings.Split(name, "."), isNumber)
	last := parts[len(parts)-1]
	kind, known := ec2Types[last]
	if parts[0] == "ResourceId" && len(parts) == 1 {
		prefix, _, _ := strings.Cut(value, "-")
		kind, known = ec2Prefixes[prefix]
	}
	if parts[0] == "IamInstanceProfile" { // whose role is known to the backend only
		n.passRole(aws.IAMARN(n.account, "role", "/", "*"), true, "ec2.amazonaws.com")
		return
	}
	switch {
	case known:
		types[kind] = true
		n.onEC2(kind, n.ec2ID(kind, value), false)
	case n.op.name == "AllocateAddress" || !ec2Plain[last] && !ec2Plain[parts[0]]:
		n.any()
	}
}

func (n *naming) ec2ID(kind, value string) string {
	if kind == "key-pair" || kind == "placement-group" {
		return n.plain(value, "-./@+=: ")
	}
	return n.plain(value, "-")
}

// onEC2 is on, for images and snapshots without the account: they may be anybody's.
func (n *naming) onEC2(kind, id string, pattern bool) {
	account := n.account
	if kind == "image" || kind == "snapshot" {
		account = ""
	}
	n.add(n.op.name, n.arnOf("ec2", n.region, account, kind+"/"+id), pattern)
}

// ec2Tag notes what a parameter says of tags. The value of a tag stands beside its key.
func (n *naming) ec2Tag(name string, tags map[string]string) {
	before, isKey := strings.CutSuffix(name, ".Key")
	switch {
	case isKey:
		tags[n.in.form[name]] = n.in.form[before+".Value"]
	case strings.HasSuffix(name, ".ResourceType"):
		kind := n.plain(n.in.form[name], "-")
		account := n.account
		if kind == "image" || kind == "snapshot" {
			account = ""
		}
		n.add("CreateTags", n.arnOf("ec2", n.region, account, kind+"/*"), false)
	}
}

// ec2Tags fills the keys of tags, and wants CreateTags for what is made with tags.
func (n *naming) ec2Tags(created []string, tags map[string]string) {
	for key, value := range tags {
		folded := aws.KeyRequestTag + strings.ToLower(key)
		if _, twice := n.context[folded]; twice {
			n.fail(Ambiguous, "two tags differ in case only")
		}
		n.context[folded] = []string{value}
		n.context[aws.KeyTagKeys] = append(n.context[aws.KeyTagKeys], key)
	}
	slices.Sort(n.context[aws.KeyTagKeys])
	if len(tags) > 0 && len(created) > 0 {
		n.context["ec2:createaction"] = []string{n.op.name}
	}
}
