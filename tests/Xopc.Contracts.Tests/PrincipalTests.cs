namespace Xopc.Contracts.Tests;

public sealed class PrincipalTests
{
    private static readonly SessionKey Key = SessionKey.Parse("coder:telegram:default:dm:1", null);

    [Fact]
    public void Without_limits_every_session_may_be_touched() => Assert.True(Principal.Operator.MayTouch(Key));

    [Fact]
    public void An_agent_limit_admits_its_agents_only()
    {
        Assert.True(new Principal("k", OperatorScope.Read, Agents: ["coder"]).MayTouch(Key));
        Assert.False(new Principal("k", OperatorScope.Admin, Agents: ["main"]).MayTouch(Key));
        Assert.False(new Principal("k", OperatorScope.Admin, Agents: []).MayTouch(Key));
    }

    [Fact]
    public void A_session_limit_admits_its_sessions_only()
    {
        Assert.True(new Principal("k", OperatorScope.Read, Sessions: [Key.Value]).MayTouch(Key));
        Assert.False(new Principal("k", OperatorScope.Read, Sessions: [Key.Value + "0"]).MayTouch(Key));
    }

    [Fact]
    public void Both_limits_must_admit()
    {
        Assert.False(new Principal("k", OperatorScope.Read, ["main"], [Key.Value]).MayTouch(Key));
    }

    [Fact]
    public void An_agent_exists_for_whom_it_has_a_session_that_may_be_touched()
    {
        Assert.True(Principal.Operator.MayTouchAgent("coder"));
        Assert.True(new Principal("k", OperatorScope.Read, Sessions: [Key.Value]).MayTouchAgent("coder"));
        Assert.False(new Principal("k", OperatorScope.Read, Sessions: [Key.Value]).MayTouchAgent("code"));
        Assert.False(new Principal("k", OperatorScope.Read, ["main"], [Key.Value]).MayTouchAgent("coder"));
        Assert.True(new Principal("k", OperatorScope.Read, Sessions: ["cli:direct"]).MayTouchAgent("main"));
    }

    [Fact]
    public void What_travels_is_what_a_principal_is_and_nothing_computed()
    {
        var json = System.Text.Json.JsonSerializer.Serialize(new Principal("k", OperatorScope.Read, ["a"]), ContractsJson.Default.Principal);

        Assert.Equal("""{"id":"k","scope":"operator.read","agents":["a"]}""", json);
    }
}
