using Microsoft.Extensions.DependencyInjection.Extensions;
using Xopc.Agents.Commands;
using Xopc.Agents.Events;
using Xopc.Agents.Models;
using Xopc.Agents.Runs;
using Xopc.Agents.Sessions;
using Xopc.Agents.Settings;
using Xopc.Agents.Tools;
using Xopc.Agents.Transcripts;
using Xopc.Agents.Turns;
using Xopc.Agents.Files;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Messaging;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.OpenApi;
using Xopc.Storage;

namespace Xopc.Agents;

/// <summary>Sessions, turns, runs, models, events: the agent and session API.</summary>
public static class AgentsModule
{
    /// <summary>Registers the service in start order: database and messaging, the runs, then what takes work in; a stop goes the other way.</summary>
    public static TBuilder AddAgents<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddXopcConfiguration();
        builder.AddXopcDatabase(AgentsSchema.Database, builder.StartupPaths().DataDirectory, AgentsSchema.Series);
        builder.AddXopcMessaging();
        builder.AddOutboxRelay(AgentsSchema.Database);
        builder.AddModels();
        builder.AddTools();

        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddAgentsRetention();
        services.Configure<ApiErrorOptions>(static options => options.Maps.Add(
            static error => error is DatabaseUnavailableException ? new ApiError(ErrorCode.StorageUnavailable, error.Message, TimeSpan.FromSeconds(5)) : null));
        services.AddApiShapes(static () => AgentsJson.Default, ErrorCode.StorageUnavailable, ErrorCode.Timeout);
        services.AddApiShapes(static () => ModelsJson.Default);
        services.AddApiShapes(static () => SettingsJson.Default);
        services.AddSingleton<AgentWorkspaces>();
        services.AddSingleton<InboundFiles>();
        services.AddSingleton<BlobFiles>();
        services.AddSingleton<SessionNames>();
        services.AddSingleton<TitleQueue>();
        services.AddSingleton<SessionEvents>();
        services.AddSingleton<SessionDeletion>();
        services.AddSingleton<SessionPosts>();
        services.AddSingleton<RecentTranscripts>();
        services.AddSingleton<TurnContexts>();
        services.AddSingleton<TurnRunner>();
        services.AddSingleton<TurnExecution>();
        services.AddSingleton<JournalBell>();
        services.AddSingleton<RunWriters>();
        services.AddSingleton<RunWaiters>();
        services.AddSingleton<RunWaiting>();
        services.AddSingleton<RunStreaming>();
        services.AddSingleton<SessionLanes>();
        services.AddSingleton<RunAudience>();
        services.AddSingleton<SubmissionReader>();
        services.AddSingleton<TurnIntake>();
        services.AddSingleton<SessionCommands>();
        services.AddSingleton<TurnStreamIntake>();
        services.AddSingleton<EventHub>();
        services.AddSingleton<EventStreams>();
        services.AddHostedService(static provider => provider.GetRequiredService<EventHub>());
        services.AddSingleton<ConfigAccess>();
        services.AddHostedService<ConfigAnnouncer>();
        services.AddHostedService<TitleWorker>();
        services.AddHostedService<RunJournal>();
        services.AddHostedService<RunHost>();
        builder.AddStreamIntake(static provider => provider.GetRequiredService<TurnStreamIntake>().Intake);
        builder.AddStreamIntake(static provider => provider.GetRequiredService<SessionPosts>().Intake);
        return builder;
    }

    public static WebApplication MapAgents(this WebApplication app)
    {
        app.MapAgent();
        app.MapMessageSync();
        app.MapSessions();
        app.MapEvents();
        app.MapWorkspace();
        app.MapModels();
        app.MapConfig();
        return app;
    }
}
