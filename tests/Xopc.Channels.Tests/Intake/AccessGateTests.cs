using System.Collections.Immutable;
using Xopc.Channels.Intake;

namespace Xopc.Channels.Tests.Intake;

public sealed class AccessGateTests
{
    [Theory]
    [InlineData("open", "9", false, Access.Allowed)]
    [InlineData("disabled", "1", true, Access.Refused)]
    [InlineData("allowlist", "1", false, Access.Allowed)]
    [InlineData("allowlist", "9", false, Access.Refused)]
    [InlineData("allowlist", "9", true, Access.Allowed)]
    [InlineData("pairing", "1", false, Access.Allowed)]
    [InlineData("pairing", "9", true, Access.Allowed)]
    [InlineData("pairing", "9", false, Access.Pairing)]
    [InlineData("a policy of a later version", "1", true, Access.Refused)]
    public void Direct_conversations_follow_the_policy(string policy, string sender, bool approved, object expected) =>
        Assert.Equal(expected, AccessGate.Judge(new AccessRules { DmPolicy = policy, AllowFrom = ["1"] }, Dm(sender), approved).Access);

    [Theory]
    [InlineData("open", "9", true, false, Access.Allowed)]
    [InlineData("open", "9", false, false, Access.NotForUs)]
    [InlineData("allowlist", "1", true, false, Access.Allowed)]
    [InlineData("allowlist", "9", true, false, Access.Refused)]
    [InlineData("allowlist", "9", true, true, Access.Allowed)]
    [InlineData("disabled", "1", true, true, Access.Refused)]
    public void Groups_follow_their_policy_and_speak_among_themselves(string policy, string sender, bool forUs, bool approved, object expected) =>
        Assert.Equal(expected, AccessGate.Judge(new AccessRules { GroupPolicy = policy, AllowFrom = ["1"] }, Group(sender, forUs), approved).Access);

    [Fact]
    public void The_senders_of_groups_count_before_those_of_direct_conversations()
    {
        var rules = new AccessRules { GroupPolicy = "allowlist", AllowFrom = ["1"], GroupAllowFrom = ["2"] };

        Assert.Equal(Access.Refused, AccessGate.Judge(rules, Group("1", forUs: true), approved: false).Access);
        Assert.Equal(Access.Allowed, AccessGate.Judge(rules, Group("2", forUs: true), approved: false).Access);
    }

    [Fact]
    public void A_topic_decides_before_its_group_and_a_group_before_its_account()
    {
        var topics = ImmutableDictionary<string, PlaceRules>.Empty
            .Add("5", new PlaceRules { Enabled = false }).Add("6", new PlaceRules { RequireMention = false }).Add("7", new PlaceRules { AllowFrom = [] });
        var rules = new AccessRules { Groups = ImmutableDictionary<string, PlaceRules>.Empty.Add("-1", new PlaceRules { GroupPolicy = "allowlist", AllowFrom = ["3"], Topics = topics }), GroupAllowFrom = ["3"] };

        Assert.Equal((Access.Refused, "topic-disabled"), AccessGate.Judge(rules, Group("3", forUs: true) with { ThreadId = "5" }, approved: false));
        Assert.Equal(Access.Allowed, AccessGate.Judge(rules, Group("3", forUs: false) with { ThreadId = "6" }, approved: false).Access);
        Assert.Equal((Access.Refused, "unauthorized"), AccessGate.Judge(rules, Group("3", forUs: true) with { ThreadId = "7" }, approved: true));
        Assert.Equal(Access.NotForUs, AccessGate.Judge(rules, Group("3", forUs: false), approved: false).Access);
        Assert.Equal((Access.Refused, "unauthorized"), AccessGate.Judge(rules, Group("4", forUs: true), approved: false));
    }

    private static InboundMessage Dm(string sender) => new("id", "fake", "default", "dm", sender, sender, "1", "hello") { ForUs = true };

    private static InboundMessage Group(string sender, bool forUs) => new("id", "fake", "default", "group", "-1", sender, "1", "hello") { ForUs = forUs };
}
