using Xopc.Agents;
using Xopc.Configuration;
using Xopc.ServiceDefaults;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Redis;
using Xopc.ServiceDefaults.Trust;

return await ServiceProgram.RunAsync(args, async builder =>
{
    builder.AddXopcConfiguration();
    builder.AddServiceDefaults("xopc-agents", builder.StartupPaths().LogsDirectory);
    builder.AddInstallationTrust(builder.StartupPaths().CredentialsDirectory);
    builder.AddXopcRedis("redis");
    builder.AddAgents();

    var app = builder.Build();
    app.UseApiErrors().UseRouting().UseSignedPrincipal().UseScopes();
    app.MapDefaultEndpoints().MapAgents();
    await app.RunAsync();
});
