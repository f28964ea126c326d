using Xopc.Configuration.Routing;

namespace Xopc.Configuration.Tests.Routing;

public sealed class RouterTests
{
    private static Router Of(string json) => new(Home.Valid(json));

    private static RouteQuery Dm(string peer, string channel = "telegram", string account = "work", string? thread = null) => new(channel, account, "dm", peer, thread);

    [Theory]
    [InlineData("main", "main:telegram:work:dm:main", LastRoutePolicy.Main)]
    [InlineData("per-peer", "main:default:default:dm:42", LastRoutePolicy.Session)]
    [InlineData("per-channel-peer", "main:telegram:default:dm:42", LastRoutePolicy.Session)]
    [InlineData("per-account-channel-peer", "main:telegram:work:dm:42", LastRoutePolicy.Session)]
    public void A_scope_of_direct_messages_means_what_its_name_says(string scope, string key, LastRoutePolicy policy)
    {
        var router = Of($$"""{"session":{"dmScope":"{{scope}}"} }""");

        var route = router.Resolve(Dm("42"));

        Assert.Equal((key, "main:telegram:work:dm:main", policy), (route.SessionKey.Value, route.MainSessionKey.Value, route.LastRoutePolicy));
        Assert.Equal(key, router.Resolve(new RouteQuery("Telegram", "Work", "DIRECT", "42")).SessionKey.Value);
        Assert.Equal(key, router.Resolve(new RouteQuery("telegram", "work", null, "42")).SessionKey.Value);
        Assert.Equal(key + ":thread:-5", router.Resolve(Dm("42", thread: "-5-")).SessionKey.Value);
    }

    [Fact]
    public void A_group_is_its_own_session_whatever_the_scope()
    {
        var route = Of("""{"session":{"dmScope":"per-peer"}}""").Resolve(new RouteQuery("telegram", null, "group", "-100123", "7"));

        Assert.Equal("main:telegram:default:group:-100123:thread:7", route.SessionKey.Value);
        Assert.Equal(("default", RouteMatch.Default, null, LastRoutePolicy.Session), (route.AccountId, route.MatchedBy, route.MatchedRule, route.LastRoutePolicy));
    }

    [Fact]
    public void Linked_identities_share_a_session_and_the_exact_alias_wins()
    {
        var router = Of("""{"session":{"dmScope":"per-peer","identityLinks":{"ann":["telegram:1","OU_x"],"bob":["1"]}}}""");

        Assert.Equal("main:default:default:dm:ann", router.Resolve(Dm("1")).SessionKey.Value);
        Assert.Equal("main:default:default:dm:ann", router.Resolve(Dm("ou_X", "feishu")).SessionKey.Value);
        Assert.Equal("main:default:default:dm:bob", router.Resolve(Dm("1", "weixin")).SessionKey.Value);
        Assert.Equal("main:default:default:dm:2", router.Resolve(Dm("2")).SessionKey.Value);
        Assert.Equal("main:telegram:work:group:1", router.Resolve(new RouteQuery("telegram", "work", "group", "1")).SessionKey.Value);
    }

    [Fact]
    public void The_higher_priority_wins_and_among_equals_the_earlier()
    {
        var router = Of("""
            {"bindings":[
              {"id":"off","agentId":"z","priority":999,"enabled":false,"match":{"channel":"telegram"}},
              {"id":"low","agentId":"a","priority":1,"match":{"channel":"telegram"}},
              {"id":"first","agentId":"b","match":{"channel":"Telegram"}},
              {"id":"second","agentId":"c","match":{"channel":"telegram"}},
              {"agentId":"d","priority":200,"match":{"channel":"telegram","peerId":"7*"}}]}
            """);

        Assert.Equal(("b", RouteMatch.Binding, "first"), Chosen(router.Resolve(Dm("1"))));
        Assert.Equal(("d", RouteMatch.Binding, "bindings[4]"), Chosen(router.Resolve(Dm("71"))));
        Assert.Equal(("main", RouteMatch.Default, null), Chosen(router.Resolve(Dm("71", "weixin"))));
    }

    [Theory]
    [InlineData("""{"channel":"TELEGRAM"}""", true)]
    [InlineData("""{"channel":"telegram","accountId":"*"}""", true)]
    [InlineData("""{"channel":"telegram","accountId":"Acc 1"}""", true)]
    [InlineData("""{"channel":"telegram","accountId":"acc*"}""", true)]
    [InlineData("""{"channel":"telegram","accountId":"acc"}""", false)]
    [InlineData("""{"channel":"telegram","peerKind":"GROUP"}""", true)]
    [InlineData("""{"channel":"telegram","peerKind":"dm"}""", false)]
    [InlineData("""{"channel":"telegram","peerId":"-100*3"}""", true)]
    [InlineData("""{"channel":"telegram","peerId":"100*"}""", false)]
    [InlineData("""{"channel":"telegram","peerId":"*2"}""", false)]
    [InlineData("""{"channel":"telegram","guildId":"G"}""", true)]
    [InlineData("""{"channel":"telegram","guildId":"h"}""", false)]
    [InlineData("""{"channel":"telegram","teamId":"T"}""", true)]
    [InlineData("""{"channel":"telegram","teamId":"u"}""", false)]
    [InlineData("""{"channel":"telegram","memberRoleIds":["x","r2"]}""", true)]
    [InlineData("""{"channel":"telegram","memberRoleIds":["x"]}""", false)]
    public void A_binding_asks_what_it_names(string match, bool matches)
    {
        var router = Of($$"""{"bindings":[{"agentId":"a","match":{{match}} }]}""");

        var route = router.Resolve(new RouteQuery("telegram", "Acc 1", "group", "-100123", null, "g", "t", ["r1", "r2"]));

        Assert.Equal(matches, route.MatchedBy == RouteMatch.Binding);
    }

    [Fact]
    public void A_binding_is_asked_before_identities_are_linked()
    {
        var router = Of("""{"session":{"dmScope":"per-peer","identityLinks":{"ann":["1"]}},"bindings":[{"agentId":"a","match":{"channel":"telegram","peerId":"1"}}]}""");

        Assert.Equal("a:default:default:dm:ann", router.Resolve(Dm("1")).SessionKey.Value);
    }

    [Fact]
    public void Direct_and_dm_are_the_same_kind()
    {
        var router = Of("""{"bindings":[{"agentId":"a","match":{"channel":"telegram","peerKind":"direct"}}]}""");

        Assert.Equal("a", router.Resolve(Dm("1")).AgentId);
    }

    [Theory]
    [InlineData("""{}""", "main")]
    [InlineData("""{"agents":{"default":"Zoe"}}""", "zoe")]
    [InlineData("""{"agents":{"list":[{"id":"a","enabled":false},{"id":"b"},{"id":"c"}]}}""", "b")]
    [InlineData("""{"agents":{"list":[{"id":"a"},{"id":"b","default":true}]}}""", "b")]
    [InlineData("""{"agents":{"list":[{"id":"a"},{"id":"b","default":true,"enabled":false}]}}""", "a")]
    [InlineData("""{"agents":{"default":"c","list":[{"id":"a"},{"id":"b","default":true},{"id":"c"}]}}""", "c")]
    [InlineData("""{"agents":{"list":[{"id":"a","enabled":false}]}}""", "main")]
    public void The_default_agent_is_found_in_order(string json, string expected) => Assert.Equal(expected, Of(json).Agents.DefaultId);

    [Fact]
    public void A_row_lies_over_the_defaults_and_an_unknown_or_disabled_agent_is_the_default_one()
    {
        var agents = Of("""
            {"agents":{"defaults":{"model":"p/d","temperature":0.1,"maxTokens":5},
              "list":[{"id":"main","model":"p/m"},{"id":"cold","temperature":0,"thinkingDefault":"high"},{"id":"off","enabled":false}]}}
            """).Agents;

        var cold = agents.FindOrDefault("COLD");

        Assert.Equal(("cold", "p/d", 0, 5, "high", 20), (cold.Id, cold.Model!.Primary, cold.Temperature, cold.MaxTokens, cold.ThinkingDefault, cold.MaxToolIterations));
        Assert.Equal(("main", "p/m"), (agents.FindOrDefault("ghost").Id, agents.FindOrDefault("off").Model!.Primary));
        Assert.Null(agents.Find("ghost"));
        Assert.Equal(3, agents.Listed.Length);
    }

    [Fact]
    public void Without_a_list_every_id_is_an_agent()
    {
        var agents = Of("""{"agents":{"defaults":{"maxTokens":5}}}""").Agents;

        Assert.Equal(("anyone", 5), (agents.Find("Anyone")!.Id, agents.Find("Anyone")!.MaxTokens));
        Assert.Null(agents.Find("no such id"));
    }

    [Fact]
    public void A_binding_to_a_disabled_agent_goes_to_the_default_one()
    {
        var router = Of("""{"agents":{"list":[{"id":"a"},{"id":"b","enabled":false}]},"bindings":[{"id":"r","agentId":"b","match":{"channel":"telegram"}}]}""");

        Assert.Equal(("a", RouteMatch.Binding, "r"), Chosen(router.Resolve(Dm("1"))));
    }

    [Theory]
    [InlineData(null, "main:webchat:default:direct:default")]
    [InlineData("", "main:webchat:default:direct:default")]
    [InlineData("default", "main:webchat:default:direct:default")]
    [InlineData("My.Chat", "main:webchat:default:direct:my-chat")]
    [InlineData("a:b", "main:webchat:default:direct:a-b")]
    [InlineData("user@host", "main:webchat:default:direct:user-host")]
    [InlineData("Coder:Telegram:default:dm:1", "coder:telegram:default:dm:1")]
    [InlineData("main:acp:UUID", "main:acp:uuid")]
    [InlineData("cron:nightly", "cron:nightly")]
    public void A_client_names_a_session(string? name, string key)
    {
        Assert.True(Of("{}").TryResolveSession(name, out var resolved));
        Assert.Equal(key, resolved.Value);
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("-a")]
    [InlineData(":a")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("ä")]
    [InlineData("a\n")]
    [InlineData("../x")]
    public void A_name_outside_the_pattern_is_refused(string name)
    {
        Assert.False(Of("{}").TryResolveSession(name, out var key));
        Assert.Null(key);
    }

    [Fact]
    public void A_session_name_has_at_most_256_characters()
    {
        var router = Of("{}");

        Assert.True(router.TryResolveSession(new string('a', 256), out var key));
        Assert.InRange(key.Value.Length, 1, 256);
        Assert.False(router.TryResolveSession(new string('a', 257), out _));
    }

    [Fact]
    public void A_bare_session_belongs_to_the_default_agent()
    {
        Of("""{"agents":{"list":[{"id":"zoe"}]}}""").TryResolveSession("x", out var key);

        Assert.Equal("zoe:webchat:default:direct:x", key!.Value);
    }

    private static (string, RouteMatch, string?) Chosen(Route route) => (route.AgentId, route.MatchedBy, route.MatchedRule);
}
