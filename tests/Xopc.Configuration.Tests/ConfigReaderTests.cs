namespace Xopc.Configuration.Tests;

public sealed class ConfigReaderTests
{
    [Fact]
    public void An_empty_object_is_all_defaults()
    {
        var config = Home.Valid("{}");

        Assert.Equal(("loopback", 18790, "token", null, 100), (config.Gateway.Bind, config.Gateway.Port, config.Gateway.Auth.Mode, config.Gateway.Auth.Token, config.Gateway.MaxSseConnections));
        Assert.Equal(new AuthRateLimitConfig(), config.Gateway.Auth.RateLimit);
        Assert.Equal(new HeartbeatConfig(), config.Gateway.Heartbeat);
        Assert.Equal((8192, 0.7, 20, 50, "medium"), (
            config.Agents.Defaults.MaxTokens, config.Agents.Defaults.Temperature, config.Agents.Defaults.MaxToolIterations,
            config.Agents.Defaults.MaxRequestsPerTurn, config.Agents.Defaults.ThinkingDefault));
        Assert.Equal(("main", 100), (config.Session.DmScope, config.Session.QueueCapacity));
        Assert.Equal(new CronConfig(), config.Cron);
        Assert.Empty(Home.Read("{}").Warnings);
    }

    [Fact]
    public void The_example_of_the_specification_is_read()
    {
        const string Example = """
            { "gateway": { "host": "127.0.0.1", "port": 18790,
                "auth": { "mode": "token", "token": "${XOPC_GATEWAY_TOKEN}",
                          "rateLimit": { "enabled": true, "maxAttempts": 5, "windowMs": 900000, "blockDurationMs": 300000 } },
                "corsOrigins": ["http://localhost:5173"] } }
            """;

        var gateway = Home.Valid(Example, ("XOPC_GATEWAY_TOKEN", "0123456789abcdef")).Gateway;

        Assert.Equal(("loopback", "0123456789abcdef", "http://localhost:5173"), (gateway.Bind, gateway.Auth.Token, Assert.Single(gateway.CorsOrigins)));
    }

    [Theory]
    [InlineData("0.0.0.0", "lan", null)]
    [InlineData("localhost", "loopback", null)]
    [InlineData("192.168.1.5", "custom", "192.168.1.5")]
    public void The_older_host_is_translated(string host, string bind, string? custom)
    {
        var gateway = Home.Valid($$"""{"gateway":{"host":"{{host}}"} }""").Gateway;

        Assert.Equal((bind, custom), (gateway.Bind, gateway.CustomBindHost));
    }

    [Fact]
    public void Bind_beats_host_and_says_so()
    {
        var read = Home.Read("""{"gateway":{"host":"0.0.0.0","bind":"loopback"}}""");

        Assert.Equal("loopback", read.Config!.Gateway.Bind);
        Assert.Equal("gateway.host", Assert.Single(read.Warnings).Path);
    }

    [Fact]
    public void All_errors_come_at_once_each_with_path_value_and_fix()
    {
        var read = Home.Read("""
            { "gateway": { "port": 99999, "bind": "everywhere", "corsOrigins": ["localhost"], "auth": { "rateLimit": { "windowMs": 5 } } },
              "agents": { "list": [ { "id": "a b" }, { "id": "x" }, { "id": "X" }, "y" ], "defaults": { "temperature": "warm" } },
              "bindings": [ { "agentId": "ghost", "match": { "channel": "telegram" } }, { "agentId": "x", "match": {} } ],
              "session": { "dmScope": "nobody" } }
            """);

        Assert.Null(read.Config);
        Assert.Equal(
            [
                "agents.defaults.temperature", "agents.list[0].id", "agents.list[2].id", "agents.list[3]", "bindings[0].agentId", "bindings[1].match.channel",
                "gateway.auth.rateLimit.windowMs", "gateway.bind", "gateway.corsOrigins[0]", "gateway.port", "session.dmScope",
            ],
            read.Errors.Select(error => error.Path).Order(StringComparer.Ordinal));
        Assert.Contains(read.Errors, error => error is { Path: "gateway.port", Problem: "is 99999", Fix: "Use a whole number from 1 to 65535." });
        Assert.All(read.Errors, error => Assert.NotEmpty(error.Fix));
    }

    [Theory]
    [InlineData("""{"gateway":5}""", "gateway")]
    [InlineData("""{"gateway":{"port":"18790"}}""", "gateway.port")]
    [InlineData("""{"gateway":{"port":1.5}}""", "gateway.port")]
    [InlineData("""{"gateway":{"port":1e400}}""", "gateway.port")]
    [InlineData("""{"gateway":{"port":0}}""", "gateway.port")]
    [InlineData("""{"gateway":{"bind":"custom"}}""", "gateway.customBindHost")]
    [InlineData("""{"gateway":{"bind":"custom","customBindHost":"::1"}}""", "gateway.customBindHost")]
    [InlineData("""{"gateway":{"host":"example.org"}}""", "gateway.host")]
    [InlineData("""{"gateway":{"maxSseConnections":0}}""", "gateway.maxSseConnections")]
    [InlineData("""{"gateway":{"maxStreamsPerKey":0}}""", "gateway.maxStreamsPerKey")]
    [InlineData("""{"gateway":{"rateLimit":{"requestsPerSecond":0}}}""", "gateway.rateLimit.requestsPerSecond")]
    [InlineData("""{"gateway":{"rateLimit":{"burst":0}}}""", "gateway.rateLimit.burst")]
    [InlineData("""{"gateway":{"rateLimit":{"modelRequestsPerMinute":-1}}}""", "gateway.rateLimit.modelRequestsPerMinute")]
    [InlineData("""{"gateway":{"rateLimit":{"modelBurst":1.5}}}""", "gateway.rateLimit.modelBurst")]
    [InlineData("""{"gateway":{"rateLimit":{"enabled":"yes"}}}""", "gateway.rateLimit.enabled")]
    [InlineData("""{"gateway":{"trustedProxies":["10.0.0.0/99"]}}""", "gateway.trustedProxies[0]")]
    [InlineData("""{"gateway":{"corsOrigins":["http://a/path"]}}""", "gateway.corsOrigins[0]")]
    [InlineData("""{"gateway":{"corsOrigins":"http://a"}}""", "gateway.corsOrigins")]
    [InlineData("""{"gateway":{"security":{"strict":"yes"}}}""", "gateway.security.strict")]
    [InlineData("""{"gateway":{"heartbeat":{"activeHours":{"start":"8","end":"20:00"}}}}""", "gateway.heartbeat.activeHours.start")]
    [InlineData("""{"gateway":{"heartbeat":{"activeHours":{"start":"08:00"}}}}""", "gateway.heartbeat.activeHours.end")]
    [InlineData("""{"gateway":{"channelConnectDeferMode":"later"}}""", "gateway.channelConnectDeferMode")]
    [InlineData("""{"gateway":{"channelConnectDeferIds":["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19","20","21","22","23","24","25"]}}""", "gateway.channelConnectDeferIds")]
    [InlineData("""{"agents":{"default":"ghost","list":[{"id":"a"}]}}""", "agents.default")]
    [InlineData("""{"agents":{"default":"a","list":[{"id":"a","enabled":false}]}}""", "agents.default")]
    [InlineData("""{"agents":{"list":[{"name":"no id"}]}}""", "agents.list[0].id")]
    [InlineData("""{"agents":{"list":[{"id":"subagent"}]}}""", "agents.list[0].id")]
    [InlineData("""{"agents":{"list":[{"id":"a","default":true},{"id":"b","default":true}]}}""", "agents.list[1].default")]
    [InlineData("""{"agents":{"list":{}}}""", "agents.list")]
    [InlineData("""{"agents":{"defaults":{"model":"gpt"}}}""", "agents.defaults.model")]
    [InlineData("""{"agents":{"defaults":{"model":{"primary":"a/b","fallbacks":["c"]}}}}""", "agents.defaults.model.fallbacks[0]")]
    [InlineData("""{"agents":{"defaults":{"maxRequestsPerTurn":201}}}""", "agents.defaults.maxRequestsPerTurn")]
    [InlineData("""{"agents":{"defaults":{"maxTaskDurationMs":59999}}}""", "agents.defaults.maxTaskDurationMs")]
    [InlineData("""{"agents":{"defaults":{"thinkingDefault":"deep"}}}""", "agents.defaults.thinkingDefault")]
    [InlineData("""{"agents":{"defaults":{"compaction":{"triggerThreshold":0.4}}}}""", "agents.defaults.compaction.triggerThreshold")]
    [InlineData("""{"agents":{"defaults":{"pruning":{"headKeepRatio":0.7,"tailKeepRatio":0.7}}}}""", "agents.defaults.pruning.headKeepRatio")]
    [InlineData("""{"bindings":[{"match":{"channel":"a"}}]}""", "bindings[0].agentId")]
    [InlineData("""{"bindings":[{"agentId":"a"}]}""", "bindings[0].match")]
    [InlineData("""{"bindings":[{"agentId":"a","match":{"channel":"tele*"}}]}""", "bindings[0].match.channel")]
    [InlineData("""{"bindings":[{"agentId":"a","match":{"channel":"t","peerKind":"crowd"}}]}""", "bindings[0].match.peerKind")]
    [InlineData("""{"bindings":[{"id":"x","agentId":"a","match":{"channel":"t"}},{"id":"x","agentId":"a","match":{"channel":"t"}}]}""", "bindings[1].id")]
    [InlineData("""{"session":{"identityLinks":{"ann":["1"],"bob":["1"]}}}""", "session.identityLinks.bob")]
    [InlineData("""{"session":{"identityLinks":{"ann":"1"}}}""", "session.identityLinks.ann")]
    [InlineData("""{"session":{"queueCapacity":0}}""", "session.queueCapacity")]
    [InlineData("""{"cron":{"defaultTimezone":"Mars/Olympus"}}""", "cron.defaultTimezone")]
    [InlineData("""{"channels":{"telegram":"on"}}""", "channels.telegram")]
    [InlineData("""{"channels":{"tele gram":{}}}""", "channels.tele gram")]
    [InlineData("""{"commands":{"restart":1}}""", "commands.restart")]
    public void A_wrong_value_is_one_error_at_its_place(string json, string path)
    {
        Assert.Equal(path, Assert.Single(Home.Read(json).Errors).Path);
    }

    [Fact]
    public void Null_is_the_same_as_absent()
    {
        Assert.Equal(18790, Home.Valid("""{"gateway":{"port":null,"auth":null},"agents":null,"bindings":null}""").Gateway.Port);
    }

    [Fact]
    public void Unknown_keys_are_warnings()
    {
        var read = Home.Read("""{"gatway":{"port":1},"gateway":{"prot":1},"agents":{"list":[{"id":"a","colour":"red"}]},"channels":{"telegram":{"anything":1},"feishu":{"anything":1}}}""");

        Assert.NotNull(read.Config);
        Assert.Equal(["agents.list[0].colour", "channels.telegram.anything", "gateway.prot", "gatway"], read.Warnings.Select(warning => warning.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Agents_models_and_bindings_are_read_whole()
    {
        var config = Home.Valid("""
            { "agents": { "default": "B", "defaults": { "model": "openrouter/anthropic/claude", "imageModel": { "primary": "a/b", "fallbacks": ["c/d"] } },
                          "list": [ { "id": "A", "enabled": false }, { "id": "b", "name": "Bee", "tools": { "disable": ["shell"] }, "skills": [] } ] },
              "bindings": [ { "agentId": "B", "priority": 7, "match": { "channel": "telegram", "peerId": -100123, "peerKind": "Group", "memberRoleIds": ["r"] } },
                            { "agentId": "a", "match": { "channel": "web" } } ] }
            """);

        Assert.Equal("b", config.Agents.Default);
        Assert.Equal("openrouter/anthropic/claude", config.Agents.Defaults.Model!.Primary);
        Assert.Equal("c/d", Assert.Single(config.Agents.Defaults.ImageModel!.Fallbacks));
        Assert.Equal(["a", "b"], config.Agents.List.Select(agent => agent.Id));
        Assert.Equal(("shell", 0), (Assert.Single(config.Agents.List[1].Tools.Disable), config.Agents.List[1].Skills!.Value.Length));
        Assert.Null(config.Agents.List[0].Skills);
        Assert.Equal(("b", 7, "-100123", "group"), (config.Bindings[0].AgentId, config.Bindings[0].Priority, config.Bindings[0].Match.PeerId, config.Bindings[0].Match.PeerKind));
        Assert.Equal(100, config.Bindings[1].Priority);
    }

    [Fact]
    public void A_tilde_in_a_workspace_is_the_home_directory()
    {
        Assert.Equal("/home/ada/w", Home.Valid("""{"agents":{"defaults":{"workspace":"~/w"}}}""", ("HOME", "/home/ada")).Agents.Defaults.Workspace);
    }

    [Fact]
    public void The_number_of_reported_errors_is_bounded()
    {
        var bindings = string.Join(',', Enumerable.Repeat("5", 900));

        Assert.Equal(101, Home.Read($$"""{"bindings":[{{bindings}}]}""").Errors.Count);
    }

    [Fact]
    public void Ten_thousand_members_are_read_in_one_pass()
    {
        var links = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"p{i}\":[\"telegram:{i}\"]"));

        Assert.Equal(10_000, Home.Valid($$"""{"session":{"identityLinks":{ {{links}} } } }""").Session.IdentityLinks.Count);
    }
}
