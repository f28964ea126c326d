using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xopc.Agents;
using Xopc.Channels;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.ServiceDefaults;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Trust;
using Xopc.Testing.Canaries;
using Xopc.Testing.Faults;
using Xopc.Testing.Models;
using Xopc.Testing.Telegram;

namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>
/// Channels and agents as one host in the process of the tests, which dies as <see cref="HostLife"/> says. Its successor is another host over the same files,
/// which finds leases of a process that is no more.
/// </summary>
internal sealed class HostWorld : FaultWorld
{
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("xopc-fault-");
    private readonly FakeOpenAiServer _model;
    private HostLife _life = new();
    private WebApplication? _app; // answers
    private WebApplication? _last; // built, whatever became of it
    private (HostLife Life, WebApplication App)? _sleeper;
    private (string Point, int Nth)? _armed;

    private HostWorld(string name, TelegramServer telegram, FakeOpenAiServer model)
        : base(name, telegram)
    {
        _model = model;
        _model.ForModel("echo", Model);
    }

    public override string State => _state.FullName;

    public static async Task<HostWorld> CreateAsync(string name)
    {
        var world = new HostWorld(name, await TelegramServer.StartAsync(), await FakeOpenAiServer.StartAsync());
        Directory.CreateDirectory(Path.Combine(world.State, "workspace"));
        await File.WriteAllTextAsync(Path.Combine(world.State, "workspace", "note.txt"), "Remember.", Wait.Cancelled);
        await world.StartAsync();
        return world;
    }

    public override bool Has(FaultCase point) => !point.OnlyBundle;

    public override void Arm(string point, int nth)
    {
        _armed = (point, nth);
        _life.Arm(point, nth);
    }

    public override async Task<bool> DiesAsync()
    {
        try
        {
            await _life.Died.WaitAsync(Wait.Generous, Wait.Cancelled);
        }
        catch (TimeoutException)
        {
            return false;
        }

        _armed = null;
        await BuryAsync(_life, _last!);
        return true;
    }

    /// <summary>Falls asleep when the point is reached; its leases are as if they had run out.</summary>
    public async Task<bool> SleepsAsync(string point, Action traffic)
    {
        _life.Arm(point, 1, sleeps: true);
        traffic();
        await Task.WhenAny(_life.Died, Task.Delay(Wait.Generous, Wait.Cancelled));
        _sleeper = (_life, _app!);
        await LeaveLeasesAsync();
        return _life.Died.IsCompleted;
    }

    /// <summary>The sleeper goes on, beside its successor.</summary>
    public void Wake() => _sleeper!.Value.Life.Wake();

    public override async Task StartAsync(bool dies = false)
    {
        // The old host belongs to nobody from here on; what it still holds in memory goes when its last wait does.
        _life = new HostLife();
        if (_armed is { } armed)
        {
            _life.Arm(armed.Point, armed.Nth);
        }

        var life = _life;
        await await Task.Factory.StartNew(() => BuildAndStartAsync(life), Wait.Cancelled, TaskCreationOptions.None, TaskScheduler.Default);
    }

    public override async Task<(int Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, string json, string idempotencyKey)
    {
        var (life, app) = (_life, _app ?? throw new HttpRequestException("Nothing runs."));
        var keys = app.Services.GetRequiredService<InstallationKeys>();
        using var http = new HttpClient(new SignedPrincipalHandler(new PrincipalSigner(keys, TimeProvider.System), Principal.Operator) { InnerHandler = app.GetTestServer().CreateHandler() });
        using var request = new HttpRequestMessage(method, new Uri(new Uri("http://localhost"), path)) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        var sending = http.SendAsync(request, Wait.Cancelled);
        if (await Task.WhenAny(sending, life.Died) != sending || life.IsDead)
        {
            _ = sending.ContinueWith(static sent => sent.Exception, TaskScheduler.Default);
            throw new HttpRequestException("The host died.");
        }

        using var response = await sending;
        var text = await response.Content.ReadAsStringAsync(Wait.Cancelled);
        return ((int)response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null);
    }

    public override string Describe() => $"state {State}";

    public override async ValueTask DisposeAsync()
    {
        foreach (var (life, app) in new[] { (_life, _last!), _sleeper ?? (_life, _last!) })
        {
            if (!life.IsDead)
            {
                life.Wake();
                life.Kill();
                await BuryAsync(life, app);
            }
        }

        await _model.DisposeAsync();
        await Telegram.DisposeAsync();
        Leftovers.Delete(State);
    }

    private async Task BuryAsync(HostLife life, WebApplication app)
    {
        await life.BuryAsync();
        _app = null;
        foreach (var service in app.Services.GetServices<IHostedService>().OfType<IDisposable>())
        {
            service.Dispose(); // the kernel's things that it holds, a watch on the configuration's directory above all
        }

        await LeaveLeasesAsync();
    }

    // The process that died here is the tests' own, which lives: on the leases stands the name of one that does not, as after a real death.
    private async Task LeaveLeasesAsync()
    {
        foreach (var database in new[] { "channels", "agents" })
        {
            await FaultFiles.ChangeAsync(State, database, $"UPDATE key_leases SET owner = '{FaultFiles.DeadOwner}' || fence WHERE owner LIKE '{Environment.MachineName}/%'");
        }
    }

    private async Task BuildAndStartAsync(HostLife life)
    {
        HostLife.Current = life;
        var (telegram, model) = (new NetworkGate(Telegram.Address), new NetworkGate(_model.Address));
        life.Cut = () =>
        {
            telegram.Dispose();
            model.Dispose();
        };
        await WriteConfigurationAsync(telegram.Address, model.Address);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Services.AddRouting();
        builder.Configuration["Messaging:RelayLease"] = "00:00:00.300";
        builder.AddXopcConfiguration(name => name switch
        {
            "XOPC_STATE_DIR" or "HOME" => State,
            "XOPC_DETECT_OLLAMA" => "false",
            _ => null,
        });
        builder.AddServiceDefaults("xopc-faults");
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.AddInstallationTrust(builder.StartupPaths().CredentialsDirectory);
        builder.AddAgents().AddChannels();
        life.Guard(builder.Services);
        var app = _last = builder.Build();
        app.Use((context, next) =>
        {
            HostLife.Current = life; // a request comes from outside, with no history
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = context.Request.Path + context.Request.QueryString; // what was signed; this server leaves it out
            return next(context);
        });
        app.UseApiErrors().UseRouting().UseSignedPrincipal().UseScopes();
        app.MapAgents().MapChannels();
        var starting = app.StartAsync(Wait.Cancelled);
        if (await Task.WhenAny(starting, life.Died) == starting && !life.IsDead)
        {
            await starting;
            _app = app;
        }
        else
        {
            _ = starting.ContinueWith(static started => started.Exception, TaskScheduler.Default);
        }
    }

    private async Task WriteConfigurationAsync(Uri telegram, Uri model)
    {
        await File.WriteAllTextAsync(Path.Combine(State, "models.json"), new JsonObject
        {
            ["providers"] = new JsonObject
            {
                ["fake"] = new JsonObject
                {
                    ["baseUrl"] = new Uri(model, "/v1").ToString(), ["apiKey"] = Canary.MakeValue(), ["api"] = "openai-completions",
                    ["models"] = new JsonArray(new JsonObject { ["id"] = "echo" }),
                },
            },
        }.ToJsonString(), Wait.Cancelled);
        await File.WriteAllTextAsync(Path.Combine(State, "xopc.json"), new JsonObject
        {
            ["agents"] = new JsonObject { ["defaults"] = new JsonObject { ["model"] = "fake/echo" } },
            ["session"] = new JsonObject { ["autoTitle"] = "first-line", ["dmScope"] = "per-account-channel-peer" },
            ["channels"] = Channels(telegram),
        }.ToJsonString(), Wait.Cancelled);
    }
}
