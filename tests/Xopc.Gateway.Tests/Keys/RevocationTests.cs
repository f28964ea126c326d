using Microsoft.Extensions.Time.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Gateway.Edge;
using Xopc.Gateway.Keys;
using Xopc.Gateway.Tests.Proxy;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Gateway.Tests.Keys;

/// <summary>Whatever ends a credential ends what it has open, and it alone.</summary>
public sealed class RevocationTests
{
    private const string Reader = """{"name":"reader","scope":"operator.read"}""";
    private const string Other = """{"name":"other","scope":"operator.read"}""";
    private static readonly HttpMethod Get = HttpMethod.Get;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_revoked_key_loses_its_streams_and_nobody_else_does()
    {
        await using var edge = await KeyHost.StartAsync();
        var (id, key) = await edge.CreateAsync(edge.MainToken(), Reader);
        var (otherId, other) = await edge.CreateAsync(edge.MainToken(), Other);
        await using var mine = await edge.OpenStreamAsync(key);
        await using var theirs = await edge.OpenStreamAsync(other);
        await using var operators = await edge.OpenStreamAsync(edge.MainToken());

        Assert.Equal(200, await edge.StatusAsync(HttpMethod.Delete, $"/api/keys/{id}", edge.MainToken()));

        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", key));
        await mine.EndsAsync();
        Assert.False(edge.Services.GetRequiredService<LiveKeys>().Find(other)!.Revoked.IsCancellationRequested);
        Assert.Equal(200, await edge.StatusAsync(Get, "/api/who", other));
        Assert.NotEqual(id, otherId);
    }

    [Fact]
    public async Task Through_the_proxy_the_service_sees_its_client_leave()
    {
        await using var bundle = await Bundle.StartAsync();
        var (id, key) = await bundle.Edge.CreateAsync(EdgeHost.Token, Reader);
        await using var mine = await bundle.Edge.OpenStreamAsync(key);

        Assert.Equal(200, await bundle.Edge.StatusAsync(HttpMethod.Delete, $"/api/keys/{id}", EdgeHost.Token));

        await mine.EndsAsync();
        await bundle.Service.ClientLeft.Task.WaitAsync(EdgeHost.Limit, Cancelled);
    }

    [Fact]
    public async Task A_key_that_revokes_itself_is_answered()
    {
        await using var edge = await KeyHost.StartAsync();
        var (id, key) = await edge.CreateAsync(edge.MainToken(), """{"name":"admin","scope":"operator.admin"}""");

        Assert.Equal(200, await edge.StatusAsync(HttpMethod.Delete, $"/api/keys/{id}", key));
        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", key));
    }

    [Fact]
    public async Task Another_process_that_writes_the_database_is_noticed()
    {
        await using var edge = await KeyHost.StartAsync();
        using var file = ApiKeyFile.Open(new StatePaths(edge.State, Path.Combine(edge.State, "xopc.json")), TimeProvider.System);
        var made = await file.Keys.CreateAsync(new ApiKeyRequest("cli", OperatorScope.Read, null, null, null), Principal.Operator, Cancelled);
        await edge.Services.GetRequiredService<KeyWatch>().DrainOnceAsync(Cancelled);
        await using var stream = await edge.OpenStreamAsync(made.Text);

        await file.Keys.RevokeAsync(made.Key!.Id, Cancelled);

        await stream.EndsAsync(); // by the watch's own look: nobody told it
        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", made.Text));
    }

    [Theory]
    [InlineData("agents = 'null'")]
    [InlineData("sessions = '[null]'")]
    [InlineData("agents = 'main'")]
    [InlineData("scope = 'operator.everything'")]
    [InlineData("secret_hash = 'none'")]
    [InlineData("created_ms = 9223372036854775807")]
    public async Task A_damaged_row_is_no_key_and_keeps_no_other_from_being_listed_and_revoked(string damage)
    {
        await using var edge = await KeyHost.StartAsync();
        var (_, damaged) = await edge.CreateAsync(edge.MainToken(), Reader);
        var (otherId, other) = await edge.CreateAsync(edge.MainToken(), Other);
        await edge.Services.GetRequiredKeyedService<Database>(EdgeSchema.Database).WriteAsync(
            tx =>
            {
                tx.Execute($"UPDATE api_keys SET {damage} WHERE name = 'reader'");
                tx.Execute("UPDATE edge_state SET value = value + 1 WHERE name = 'keys'");
            },
            Cancelled);

        await edge.Services.GetRequiredService<KeyWatch>().RefreshAsync(Cancelled);

        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", damaged));
        Assert.Equal(200, await edge.StatusAsync(Get, "/api/who", other));
        Assert.Equal(200, await edge.StatusAsync(Get, "/api/keys", edge.MainToken()));
        Assert.Equal(200, await edge.StatusAsync(HttpMethod.Delete, $"/api/keys/{otherId}", edge.MainToken()));
        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", other));
    }

    [Fact]
    public async Task An_edge_that_is_told_over_control_does_not_wait_for_its_look()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var edge = await KeyHost.StartAsync(clock: clock);
        var (id, key) = await edge.CreateAsync(edge.MainToken(), Reader);
        await using var stream = await edge.OpenStreamAsync(key);

        await edge.Services.GetRequiredService<IControlBroadcast>().SendAsync(new ControlMessage(ControlKinds.Revoke, id), Cancelled);

        await stream.EndsAsync();
        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", key));
    }

    [Fact]
    public async Task An_expired_key_loses_its_streams_when_its_hour_comes()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var edge = await KeyHost.StartAsync(clock: clock);
        var (id, key) = await edge.CreateAsync(edge.MainToken(), """{"name":"short","scope":"operator.read","expiresInDays":1}""");
        await using var stream = await edge.OpenStreamAsync(key);

        clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", key));
        await stream.EndsAsync();
        Assert.Equal("expired", (await edge.PayloadAsync(Get, $"/api/keys/{id}", edge.MainToken())).GetProperty("state").GetString());
    }

    [Fact]
    public async Task The_last_use_is_written_once_a_minute_and_not_by_the_request()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var edge = await KeyHost.StartAsync(clock: clock);
        var store = edge.Services.GetRequiredService<ApiKeyStore>();
        var (id, key) = await edge.CreateAsync(edge.MainToken(), Reader);
        Assert.Equal(200, await edge.StatusAsync(Get, "/api/who", key));
        Assert.Null((await store.FindAsync(id, Cancelled))!.LastUsedAt);
        var usedAt = clock.GetUtcNow();

        clock.Advance(KeyWatch.NoteUsesEvery);
        await edge.Services.GetRequiredService<KeyWatch>().DrainOnceAsync(Cancelled);

        var noted = (await store.FindAsync(id, Cancelled))!.LastUsedAt;
        Assert.Equal(usedAt.ToUnixTimeMilliseconds(), noted?.ToUnixTimeMilliseconds());
    }

    [Fact]
    public void Before_the_database_could_be_read_a_key_is_neither_good_nor_wrong()
    {
        var callers = new Callers(new GatewayCredential(GatewayAuthMode.Token, EdgeHost.Token), new LiveKeys(TimeProvider.System));

        Assert.True(callers.CannotTell("xk_000000000000_0000000000000000000000000000000000000000000"));
        Assert.False(callers.CannotTell("a wrong token"));
        Assert.NotNull(callers.Find(EdgeHost.Token));
    }
}
