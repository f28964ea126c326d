using Microsoft.AspNetCore.Connections;
using Xopc.Cli.Commands;
using Xopc.Configuration;
using Xopc.Storage;

namespace Xopc.Cli.Hosting;

/// <summary>One life of the gateway in the foreground: lock, listener, banner, wait, orderly stop.</summary>
/// <param name="cli">Where it speaks.</param>
/// <param name="role">What runs.</param>
/// <param name="environment">The environment with the options of the command line laid over it.</param>
/// <param name="addressGiven">True when an option names the address: then it beats <c>ASPNETCORE_URLS</c> too.</param>
internal sealed class GatewayRun(CliContext cli, ServiceRole role, Func<string, string?> environment, bool addressGiven)
{
    /// <summary>From the signal to the exit, whatever hangs.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>When what still runs is cancelled: early enough to obey within the grace.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4.5);

    /// <exception cref="ConfigException">The configuration cannot be used.</exception>
    public async Task<CommandResult> RunAsync(CancellationToken stop)
    {
        var builder = GatewayHost.CreateBuilder(environment);
        var paths = builder.StartupPaths();
        if (role is not ServiceRole.All && !GatewayHost.HasRedis(builder))
        {
            throw new ConfigException(
                paths.ConfigFile,
                [new ConfigProblem("ConnectionStrings__redis", "is not set, and the processes of a bundle meet on Redis", "Set it, or run everything in one process: xopc gateway.")]);
        }

        if (GatewayHost.RedisFault(builder) is { } fault)
        {
            throw new ConfigException(
                paths.ConfigFile,
                [new ConfigProblem("ConnectionStrings__redis", "cannot be used: " + fault.TrimEnd('.'), "Write it like localhost:6379,password=…,ssl=true.")]);
        }

        using var slot = GatewayHost.HasRedis(builder) ? NameTheProcess(builder, paths) : null;
        using var held = role.FacesTheWorld() ? GatewayLock.TryAcquire(paths, cli.Clock, role is ServiceRole.Edge ? builder.StartupConfiguration().Config.Gateway.Port : null) : null;
        if (role.FacesTheWorld() && held is null)
        {
            return await RefuseAsync(RunsAlready(paths));
        }

        Listening listening;
        try
        {
            listening = await ChooseAsync(builder, stop);
        }
        catch (BindException e)
        {
            return await RefuseAsync(e.Message);
        }

        return await HostAsync(builder, listening, held, stop);
    }

    /// <summary>Gives the process the name under which the streams know it, unless the deployment has chosen one.</summary>
    private ProcessSlot? NameTheProcess(WebApplicationBuilder builder, StatePaths paths)
    {
        const string Instance = "Messaging:Instance";
        if (!string.IsNullOrWhiteSpace(builder.Configuration[Instance]))
        {
            return null;
        }

        var slot = ProcessSlot.Take(paths, role);
        builder.Configuration.AddInMemoryCollection([new(Instance, slot.Name)]);
        return slot;
    }

    private async Task<CommandResult> HostAsync(WebApplicationBuilder builder, Listening listening, GatewayLock? held, CancellationToken stop)
    {
        WebApplication? app = null;
        try
        {
            GatewayHost.Compose(builder, role, listening);
            app = builder.Build();
            GatewayHost.Map(app, role);
            await app.StartAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await EndAsync(DisposeAsync(app));
            return CommandResult.Ok;
        }
        catch (DatabaseOpenException e)
        {
            // Waiting will not mend the file: a person has to, as with a wrong configuration.
            await EndAsync(DisposeAsync(app));
            await cli.Io.FailAsync(e.Message);
            return CommandResult.Configuration;
        }
        catch (Exception e) when (e is not ConfigException)
        {
            await EndAsync(DisposeAsync(app));
            return await RefuseAsync(WhyNot(e, listening));
        }

        await AnnounceAsync(app, listening, held);
        await UntilStoppedAsync(app, stop);
        await EndAsync(StopAsync(app));

        // Stopped by nobody outside: a worker gave up, or asked for a restart and left its code.
        return stop.IsCancellationRequested ? CommandResult.Ok : new CommandResult(Environment.ExitCode is var code and not 0 ? code : ExitCodes.Failed);
    }

    private async Task<Listening> ChooseAsync(WebApplicationBuilder builder, CancellationToken stop)
    {
        // Before every setting: the supervisor has opened it already, for this process and the next, so there is nothing to probe either.
        if (PassedSockets.Find(environment) is { } passed)
        {
            return new Listening(null, null, passed with { Tls = role.FacesTheWorld() && builder.StartupConfiguration().Config.Gateway.Tls is not null });
        }

        if (!addressGiven && !string.IsNullOrWhiteSpace(builder.Configuration["urls"]))
        {
            return Listening.AsHosted;
        }

        if (role.FacesTheWorld())
        {
            var plan = BindPlan.Resolve(builder.StartupConfiguration().Config.Gateway, BindPlan.OfMachine);
            plan.Probe();
            return new Listening(plan, null);
        }

        var address = ServiceAddress.Of(builder.StartupPaths().RunDirectory, role);
        return await address.PrepareAsync(stop)
            ? new Listening(null, address)
            : throw new BindException($"{role.ServiceName()} of this installation runs already: it answers at {address.Destination}.");
    }

    private async Task AnnounceAsync(WebApplication app, Listening listening, GatewayLock? held)
    {
        var bound = app.Urls.FirstOrDefault() ?? "";
        if (!role.FacesTheWorld())
        {
            await cli.Io.Out.WriteLineAsync($"{role.ServiceName()} is ready at {listening.Service?.Destination ?? listening.Passed?.Url ?? bound}. Ctrl+C stops it.");
            await cli.Io.Out.FlushAsync();
            return;
        }

        // The port really bound; a wildcard becomes an address that a client can use.
        var url = listening.Public is { } plan ? plan.Url(new Uri(bound).Port) : listening.Passed?.Url ?? bound;
        held?.Announce(url);
        var isLoopback = listening.Public?.IsLoopback ?? listening.Passed?.IsLoopback ?? true;
        Banner.Print(await BannerFactsOf.HostAsync(app, url, isLoopback), CommandLine.Version, cli.Io);
    }

    private static async Task UntilStoppedAsync(WebApplication app, CancellationToken stop)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var signal = stop.Register(() => ended.TrySetResult());
        await using var host = app.Lifetime.ApplicationStopping.Register(() => ended.TrySetResult());
        await ended.Task;
    }

    private async Task EndAsync(Task ending)
    {
        try
        {
            await ending.WaitAsync(Grace, cli.Clock);
        }
        catch (TimeoutException)
        {
            // What was promised is in the databases; the end of the process ends the rest.
            await cli.Io.FailAsync("something did not stop within 5 seconds and was cut off");
        }
    }

    private async Task StopAsync(WebApplication app)
    {
        using var patience = new CancellationTokenSource(Patience, cli.Clock);
        try
        {
            await app.StopAsync(patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // Disposing goes on within the grace; whether that was enough is said there.
        }

        await app.DisposeAsync();
    }

    // A host that did not start cannot be stopped, only disposed of.
    private static async Task DisposeAsync(WebApplication? app)
    {
        if (app is not null)
        {
            await app.DisposeAsync();
        }
    }

    private async Task<CommandResult> RefuseAsync(string reason)
    {
        await cli.Io.FailAsync(reason);
        return CommandResult.Failed;
    }

    private static string RunsAlready(StatePaths paths) => GatewayLock.FindOwner(paths) is { } owner
        ? $"a gateway of this configuration runs already: process {owner.Pid}{(owner.Url is null ? "" : " at " + owner.Url)} ({paths.ConfigFile}). "
            + "Stop it first, or start this one with another state directory (XOPC_STATE_DIR or XOPC_PROFILE)."
        : $"a gateway of this configuration is starting or stopping ({paths.ConfigFile}). Try again in a moment.";

    private static string WhyNot(Exception e, Listening listening) => e is IOException { InnerException: AddressInUseException } && listening.Public is { } plan
        ? plan.InUse()
        : "the gateway could not start: " + e.Message;
}
