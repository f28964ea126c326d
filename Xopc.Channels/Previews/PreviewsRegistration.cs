namespace Xopc.Channels.Previews;

/// <summary>Registers what shows answers while they grow.</summary>
internal static class PreviewsRegistration
{
    public static void AddPreviews(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<PreviewShowing>();
        services.AddSingleton<PreviewRemoval>();
        services.AddSingleton<PreviewHost>();
        services.AddHostedService(static provider => provider.GetRequiredService<PreviewHost>());
    }
}
