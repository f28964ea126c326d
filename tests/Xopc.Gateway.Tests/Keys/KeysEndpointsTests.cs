using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Contracts;
using Xopc.Gateway.Keys;

namespace Xopc.Gateway.Tests.Keys;

public sealed class KeysEndpointsTests
{
    private static readonly HttpMethod Get = HttpMethod.Get;
    private static readonly HttpMethod Post = HttpMethod.Post;

    [Fact]
    public async Task A_key_is_shown_once_and_lets_its_holder_do_what_its_scope_says()
    {
        await using var edge = await KeyHost.StartAsync();
        var token = edge.MainToken();

        var (id, key) = await edge.CreateAsync(token, """{"name":"reader","scopes":["operator.read"]}""");

        Assert.Matches("^xk_[A-Za-z0-9]{12}_[A-Za-z0-9]{43}$", key);
        Assert.StartsWith($"xk_{id}_", key, StringComparison.Ordinal);
        using (var who = await edge.SendAsync(Get, "/api/who", key))
        {
            Assert.Equal($"key:{id}", await who.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal(403, await edge.StatusAsync(Post, "/api/change", key));
        Assert.Equal(403, await edge.StatusAsync(Get, "/api/admin", key));
        Assert.Equal(403, await edge.StatusAsync(Get, "/api/keys", key));
        var list = await edge.PayloadAsync(Get, "/api/keys", token);
        var one = await edge.PayloadAsync(Get, $"/api/keys/{id}", token);
        Assert.DoesNotContain(key[16..], list.ToString() + one, StringComparison.Ordinal);
        Assert.Equal("active", one.GetProperty("state").GetString());
        Assert.Equal("operator", one.GetProperty("createdBy").GetString());
        Assert.Equal(JsonValueKind.String, one.GetProperty("lastUsedAt").ValueKind);
        Assert.DoesNotContain(key[16..], await DatabaseTextAsync(edge), StringComparison.Ordinal);
        Assert.DoesNotContain(key[16..], edge.Log.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_caller_learns_who_they_are()
    {
        await using var edge = await KeyHost.StartAsync();
        var (id, key) = await edge.CreateAsync(
            edge.MainToken(), """{"name":"mine","scope":"operator.write","agents":["Main"],"sessions":["main:webchat:default:direct:a"],"expiresInDays":7}""");

        var me = await edge.PayloadAsync(Get, "/api/keys/me", key);
        var operatorMe = await edge.PayloadAsync(Get, "/api/keys/me", edge.MainToken());

        Assert.Equal("key:" + id, me.GetProperty("id").GetString());
        Assert.Equal(["operator.read", "operator.write"], Texts(me, "scopes"));
        Assert.Equal(["main"], Texts(me, "agents"));
        Assert.Equal(["main:webchat:default:direct:a"], Texts(me, "sessions"));
        Assert.True(me.TryGetProperty("expiresAt", out _));
        Assert.Equal("""{"id":"operator","scopes":["operator.read","operator.write","operator.admin"]}""", operatorMe.ToString());
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"name":"x"}""")]
    [InlineData("""{"name":"","scope":"operator.read"}""")]
    [InlineData("""{"name":"a\u0007b","scope":"operator.read"}""")]
    [InlineData("""{"name":"x","scope":"operator.root"}""")]
    [InlineData("""{"name":"x","scope":"OPERATOR.ADMIN"}""")]
    [InlineData("""{"name":"x","scopes":[]}""")]
    [InlineData("""{"name":"x","scopes":[null]}""")]
    [InlineData("""{"name":"x","scopes":"operator.read"}""")]
    [InlineData("""{"name":"x","scope":"operator.read","scopes":["operator.read"]}""")]
    [InlineData("""{"name":"x","scope":"operator.read","agents":[]}""")]
    [InlineData("""{"name":"x","scope":"operator.read","agents":["a:b"]}""")]
    [InlineData("""{"name":"x","scope":"operator.read","agents":[" "]}""")]
    [InlineData("""{"name":"x","scope":"operator.read","agents":["cli","../etc"]}""")]
    [InlineData("""{"name":"x","scope":"operator.read","sessions":[]}""")]
    [InlineData("""{"name":"x","scope":"operator.read","sessions":["default"]}""")]
    [InlineData("""{"name":"x","scope":"operator.read","agent":["main"]}""")]
    [InlineData("""{"name":"x","scope":"operator.admin","agents":["main"]}""")]
    [InlineData("""{"name":"x","scope":"operator.admin","sessions":["main:webchat:default:direct:a"]}""")]
    [InlineData("""{"name":"x","scope":"operator.read","expiresAt":"2001-01-01T00:00:00Z"}""")]
    [InlineData("""{"name":"x","scope":"operator.read","expiresInDays":0}""")]
    [InlineData("""{"name":"x","scope":"operator.read","expiresInDays":1,"expiresAt":"2901-01-01T00:00:00Z"}""")]
    public async Task What_is_not_clear_makes_no_key(string json)
    {
        await using var edge = await KeyHost.StartAsync();

        using var response = await edge.SendAsync(Post, "/api/keys", edge.MainToken(), json);

        await response.IsErrorAsync(ErrorCode.InvalidRequest);
        Assert.Equal(0, (await edge.PayloadAsync(Get, "/api/keys", edge.MainToken())).GetProperty("keys").GetArrayLength());
    }

    [Fact]
    public async Task Limits_that_would_not_fit_into_a_request_inside_the_installation_are_refused_and_the_largest_that_do_are_signed()
    {
        await using var edge = await KeyHost.StartAsync();
        var session = "main:webchat:default:direct:" + new string('s', 60);
        string Body(string name, int count) => JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["name"] = name, ["scope"] = "operator.read", ["sessions"] = Enumerable.Range(0, count).Select(i => $"{session}{i:00}"),
        });

        Assert.Equal(400, await edge.StatusAsync(Post, "/api/keys", edge.MainToken(), Body("too many", 64)));
        var (_, key) = await edge.CreateAsync(edge.MainToken(), Body("many", 62));
        var me = await edge.PayloadAsync(Get, "/api/keys/me", key);

        var principal = new Principal(me.GetProperty("id").GetString()!, OperatorScope.Read, Sessions: Texts(me, "sessions"));
        var keys = ServiceDefaults.Trust.InstallationKeys.LoadOrCreate(Path.Combine(edge.State, "credentials"), TimeProvider.System);
        Assert.NotEmpty(ServiceDefaults.Trust.SignedPrincipal.Create(keys, "GET", "/", principal, DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public async Task A_name_is_taken_until_its_key_is_revoked()
    {
        await using var edge = await KeyHost.StartAsync();
        var (id, _) = await edge.CreateAsync(edge.MainToken(), """{"name":"laptop","scope":"operator.read"}""");

        Assert.Equal(409, await edge.StatusAsync(Post, "/api/keys", edge.MainToken(), """{"name":"laptop","scope":"operator.read"}"""));
        Assert.Equal(200, await edge.StatusAsync(HttpMethod.Delete, $"/api/keys/{id}", edge.MainToken()));
        await edge.CreateAsync(edge.MainToken(), """{"name":"laptop","scope":"operator.read"}""");
        Assert.Equal(404, await edge.StatusAsync(HttpMethod.Delete, "/api/keys/000000000000", edge.MainToken()));
        Assert.Equal(404, await edge.StatusAsync(Get, "/api/keys/short", edge.MainToken()));
        Assert.Equal("revoked", (await edge.PayloadAsync(Get, $"/api/keys/{id}", edge.MainToken())).GetProperty("state").GetString());
    }

    [Fact]
    public async Task There_is_a_most_of_keys_and_revoked_ones_give_way()
    {
        await using var edge = await KeyHost.StartAsync();
        var store = edge.Services.GetRequiredService<ApiKeyStore>();
        ApiKeyRequest Wish(int i) => new($"k{i}", OperatorScope.Read, null, null, null);
        var all = new List<Task<ApiKeyCreation>>();
        for (var i = 0; i < ApiKeyStore.Capacity; i++)
        {
            all.Add(store.CreateAsync(Wish(i), Principal.Operator, TestContext.Current.CancellationToken));
        }

        var first = (await Task.WhenAll(all))[0].Key!;

        Assert.Equal(ApiKeyOutcome.TooMany, (await store.CreateAsync(Wish(-1), Principal.Operator, TestContext.Current.CancellationToken)).Outcome);
        await store.RevokeAsync(first.Id, TestContext.Current.CancellationToken);
        Assert.Equal(ApiKeyOutcome.Created, (await store.CreateAsync(Wish(-1), Principal.Operator, TestContext.Current.CancellationToken)).Outcome);
        Assert.Null(await store.FindAsync(first.Id, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_limited_key_sees_nothing_of_what_concerns_the_whole_installation()
    {
        await using var edge = await KeyHost.StartAsync();
        var (_, limited) = await edge.CreateAsync(edge.MainToken(), """{"name":"limited","scope":"operator.write","agents":["main"]}""");
        var (_, free) = await edge.CreateAsync(edge.MainToken(), """{"name":"free","scope":"operator.write"}""");

        foreach (var path in (string[])["/api/logs-of-all", "/api/admin", "/status", "/api/status", "/api/keys", "/api/keys/000000000000", "/api/auth/token"])
        {
            using var response = await edge.SendAsync(Get, path, limited);
            await response.IsErrorAsync(ErrorCode.NotFound);
        }

        Assert.Equal(404, await edge.StatusAsync(Post, "/api/auth/token/refresh", limited));
        Assert.Equal(200, await edge.StatusAsync(Get, "/api/logs-of-all", free));
        Assert.Equal(403, await edge.StatusAsync(Get, "/api/admin", free));
        Assert.Equal(200, await edge.StatusAsync(Get, "/api/who", limited));
    }

    [Theory]
    [InlineData("xk_")]
    [InlineData("xk_000000000000_0000000000000000000000000000000000000000000")]
    [InlineData("xk_000000000000_00000000000000000000000000000000000000000-0")]
    public async Task What_only_looks_like_a_key_is_a_wrong_credential(string key)
    {
        await using var edge = await KeyHost.StartAsync();

        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", key));
    }

    [Fact]
    public async Task Another_secret_under_a_known_id_and_a_known_secret_under_another_id_are_wrong()
    {
        await using var edge = await KeyHost.StartAsync();
        var (_, a) = await edge.CreateAsync(edge.MainToken(), """{"name":"a","scope":"operator.read"}""");
        var (_, b) = await edge.CreateAsync(edge.MainToken(), """{"name":"b","scope":"operator.read"}""");

        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", a[..16] + b[16..]));
        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", a[..^1] + (a[^1] == 'A' ? 'B' : 'A')));
        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", a + " x"));
        Assert.Equal(200, await edge.StatusAsync(Get, "/api/who", a));
    }

    [Fact]
    public async Task Keys_outlive_a_restart_and_their_last_use_is_written_down_at_its_stop()
    {
        var state = Directory.CreateTempSubdirectory("xopc-keys-");
        try
        {
            string id;
            string key;
            await using (var edge = await KeyHost.StartAsync(state.FullName))
            {
                (id, key) = await edge.CreateAsync(edge.MainToken(), """{"name":"a","scope":"operator.read"}""");
                Assert.Equal(200, await edge.StatusAsync(Get, "/api/who", key));
                await edge.StopAsync();
            }

            await using var again = await KeyHost.StartAsync(state.FullName);
            Assert.Equal(JsonValueKind.String, (await again.PayloadAsync(Get, $"/api/keys/{id}", again.MainToken())).GetProperty("lastUsedAt").ValueKind);
            Assert.Equal(200, await again.StatusAsync(Get, "/api/who", key));
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    private static string[] Texts(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(text => text.GetString()!)];

    private static async Task<string> DatabaseTextAsync(EdgeHost edge)
    {
        var text = "";
        foreach (var file in Directory.EnumerateFiles(Path.Combine(edge.State, "data"), "edge.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            text += await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        }

        return text;
    }
}
