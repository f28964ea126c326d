namespace Xopc.Channels.Accounts;

/// <summary>Registers the accounts and their supervision.</summary>
internal static class AccountsRegistration
{
    public static void AddAccounts(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<AccountNotes>();
        services.AddSingleton<AccountRegistry>();
        services.AddSingleton<IAccounts>(static provider => provider.GetRequiredService<AccountRegistry>());
        services.AddSingleton<AccountSupervisor>();
        services.AddHostedService(static provider => provider.GetRequiredService<AccountSupervisor>());
    }

    public static void MapAccounts(this IEndpointRouteBuilder routes) => routes.MapChannelsEndpoints();
}
