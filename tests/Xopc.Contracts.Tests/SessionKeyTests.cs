namespace Xopc.Contracts.Tests;

public sealed class SessionKeyTests
{
    [Fact]
    public void Raw_parts_become_a_canonical_key()
    {
        Assert.Equal("main:telegram:acc-1:dm:-100123", SessionKey.Create("Main", "Telegram", "Acc 1", "DM", "-100123").Value);
    }

    [Fact]
    public void A_thread_keeps_its_leading_dash_and_loses_the_trailing_one()
    {
        var key = SessionKey.Create("main", "telegram", "default", "group", "-100123", "-5-");

        Assert.Equal("main:telegram:default:group:-100123:thread:-5", key.Value);
        Assert.Equal("-5", key.ThreadId);
    }

    [Fact]
    public void Empty_parts_take_their_defaults()
    {
        var key = SessionKey.Create(null, "", "  ", null, "---", " ", "");

        Assert.Equal("main:unknown:default:unknown:unknown:thread:unknown:scope:default", key.Value);
    }

    [Theory]
    [InlineData("a.b", "a-b")]
    [InlineData("a b", "a-b")]
    [InlineData("a!?&b", "a-b")]
    [InlineData("a- b", "a--b")]
    [InlineData("a_B-9", "a_b-9")]
    [InlineData("@user", "-user")]
    [InlineData("user@", "user")]
    [InlineData(" user ", "user")]
    public void A_run_of_foreign_characters_becomes_one_dash(string peer, string expected)
    {
        Assert.Equal(expected, SessionKey.Create("main", "web", "default", "dm", peer).PeerId);
    }

    [Theory]
    [InlineData("-main-", "main")]
    [InlineData("!main", "main")]
    public void Only_peer_thread_and_scope_keep_leading_dashes(string agent, string expected)
    {
        var key = SessionKey.Create(agent, "web", "default", "dm", "-1", "-2", "-3");

        Assert.Equal((expected, "-1", "-2", "-3"), (key.AgentId, key.PeerId, key.ThreadId, key.ScopeId));
    }

    [Theory]
    [InlineData("a:b:c:d")]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("default")]
    [InlineData(":::::")]
    [InlineData("a::b::c::d")]
    [InlineData("heartbeat:isolated:soon")]
    [InlineData("heartbeat:other")]
    [InlineData("cron")]
    [InlineData("cli:other")]
    [InlineData("a:acp")]
    [InlineData("subagent")]
    public void What_is_not_a_complete_key_is_refused(string? text)
    {
        Assert.False(SessionKey.TryParse(text, null, out var key));
        Assert.Null(key);
        Assert.Throws<FormatException>(() => SessionKey.Parse(text!, null));
    }

    [Fact]
    public void A_text_longer_than_a_key_is_refused()
    {
        Assert.True(SessionKey.TryParse("main:web:default:dm:" + new string('x', 60), null, out _));
        Assert.False(SessionKey.TryParse("main:web:default:dm:" + new string('x', 250), null, out _));
    }

    [Theory]
    [InlineData("MAIN:Telegram:Default:DM:123", "main:telegram:default:dm:123")]
    [InlineData("main::telegram:default:dm:123:", "main:telegram:default:dm:123")]
    [InlineData("main:telegram:default:dm:123:thread:7", "main:telegram:default:dm:123:thread:7")]
    [InlineData("main:telegram:default:dm:123:scope:s:thread:7", "main:telegram:default:dm:123:thread:7:scope:s")]
    [InlineData("main:telegram:default:dm:123:later:thread:7", "main:telegram:default:dm:123:thread:7")]
    [InlineData("main:telegram:default:dm:123:later:value:thread:7", "main:telegram:default:dm:123:thread:7")]
    [InlineData("main:telegram:default:dm:123:thread", "main:telegram:default:dm:123")]
    [InlineData("main:telegram:default:dm:123:thread:scope:scope:thread", "main:telegram:default:dm:123:thread:scope:scope:thread")]
    public void A_complete_key_is_read_in_any_spelling(string text, string canonical)
    {
        Assert.Equal(canonical, SessionKey.Parse(text, null).Value);
    }

    [Fact]
    public void An_acp_key_has_three_parts()
    {
        var key = SessionKey.Parse("main:acp:6F9619FF-8B86-D011-B42D-00C04FC964FF", null);

        Assert.Equal(("main", "acp", "_", "direct"), (key.AgentId, key.Source, key.AccountId, key.PeerKind));
        Assert.Equal("6f9619ff-8b86-d011-b42d-00c04fc964ff", key.PeerId);
        Assert.Equal("uuid", SessionKey.Parse("main:acp:UUID", null).PeerId);
    }

    [Theory]
    [InlineData("cron:Job.1", "cron:job-1", "cron", "job-1")]
    [InlineData("heartbeat:main", "heartbeat:main", "heartbeat", "main")]
    [InlineData("heartbeat:isolated:1732370000000", "heartbeat:isolated:1732370000000", "heartbeat", "1732370000000")]
    [InlineData("cli:direct", "cli:direct", "cli", "direct")]
    [InlineData("subagent:Main:s1:acp:42", "subagent:main:s1:acp:42", "subagent", "42")]
    public void The_special_forms_are_keys_too(string text, string canonical, string source, string peer)
    {
        var key = SessionKey.Parse(text, null);

        Assert.Equal((canonical, source, peer, "main"), (key.Value, key.Source, key.PeerId, key.AgentId));
        Assert.Equal(key, SessionKey.Parse(key.Value, null));
    }

    [Fact]
    public void The_product_names_its_own_keys()
    {
        Assert.Equal(SessionKey.Parse("cron:nightly", null), SessionKey.Cron("Nightly"));
        Assert.Equal(SessionKey.Parse("heartbeat:main", null), SessionKey.Heartbeat);
        Assert.Equal(SessionKey.Parse("cli:direct", null), SessionKey.Cli);
        Assert.Equal("heartbeat:isolated:1500", SessionKey.IsolatedHeartbeat(DateTimeOffset.FromUnixTimeMilliseconds(1500)).Value);
    }

    [Fact]
    public void The_subagent_of_an_agent_counts_as_that_agents()
    {
        Assert.Equal("coder", SessionKey.Parse("subagent:Coder:web:acp:1", null).AgentId);
    }

    [Fact]
    public void Names_in_other_scripts_do_not_share_a_memory()
    {
        var first = SessionKey.Create("main", "web", "default", "dm", "张三");
        var second = SessionKey.Create("main", "web", "default", "dm", "李四");
        var halves = SessionKey.Create("main", "web", "default", "dm", "\ud83d");
        var others = SessionKey.Create("main", "web", "default", "dm", "\ud83e");

        Assert.Equal(4, new HashSet<SessionKey> { first, second, halves, others }.Count);
        Assert.Matches("^unknown-[0-9a-f]{16}$", first.PeerId);
    }

    [Fact]
    public void Long_names_with_one_beginning_do_not_share_a_memory()
    {
        var name = new string('a', 100);
        var first = SessionKey.Create("main", "web", "default", "dm", name + "1");
        var second = SessionKey.Create("main", "web", "default", "dm", name + "2");

        Assert.NotEqual(first, second);
        Assert.Equal(64, first.PeerId.Length);
        Assert.Equal(first, SessionKey.Create("main", "web", "default", "dm", (name + "1").ToUpperInvariant()));
    }

    [Fact]
    public void A_key_of_only_long_parts_stays_under_the_bound_and_keeps_its_agent()
    {
        var part = new string('b', 64);
        var key = SessionKey.Create(part, part, part, part, part, part, part);

        Assert.InRange(key.Value.Length, 1, SessionKey.MaxLength);
        Assert.Equal(part, key.AgentId);
        Assert.NotEqual(key, SessionKey.Create(part, part, part, part, part, part, part[1..] + "c"));
        Assert.Equal(key, SessionKey.Parse(key.Value, null));
    }

    [Fact]
    public void A_key_of_a_megabyte_of_text_is_still_a_key()
    {
        Assert.Equal(64, SessionKey.Create("main", "web", "default", "dm", new string('x', 1024 * 1024)).PeerId.Length);
    }

    [Theory]
    [InlineData(null, "default")]
    [InlineData("Acc 1", "acc-1")]
    public void Accounts_have_one_spelling(string? raw, string expected) => Assert.Equal(expected, SessionKeySegment.AccountId(raw));
}
