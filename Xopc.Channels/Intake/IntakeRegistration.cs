using Xopc.Storage.Retention;

namespace Xopc.Channels.Intake;

/// <summary>Registers what takes messages in.</summary>
internal static class IntakeRegistration
{
    private const long MaxBytes = 64L * 1024 * 1024;

    // Longer than any platform keeps an update that it may bring again.
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(7);

    public static void AddIntake(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<IRetentionRule>(new TableRetention(ChannelsSchema.Database, "intake", "seq", "ended_ms", "bytes", MaxAge, MaxBytes));
        services.AddSingleton<IRetentionRule, BlobRetention>();
        services.AddSingleton<BlobStore>();
        services.AddSingleton<TypingIndicator>();
        services.AddHostedService(static provider => provider.GetRequiredService<TypingIndicator>());
        services.AddSingleton<MediaFetching>();
        services.AddSingleton<TurnPace>();
        services.AddSingleton<TurnDispatch>();
        services.AddSingleton<IntakeStep>();
        services.AddSingleton<IntakeLanes>();
        services.AddSingleton<IIntake, MessageIntake>();
        services.AddHostedService<IntakeHost>();
    }
}
